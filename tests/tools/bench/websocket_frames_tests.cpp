#include "tools/parley/bench/websocket_frames.hpp"

#include <gtest/gtest.h>

#include <string>

namespace parley::bench {
namespace {

constexpr std::size_t no_limit = 1U << 30U;

std::string server_frame(unsigned char first, std::size_t size, const std::string& length) {
  std::string frame{static_cast<char>(first)};
  return frame + length + std::string(size, 'x');
}

std::string unmasked(const std::string& frame, std::size_t header) {
  std::string payload = frame.substr(header);
  for (std::size_t i = 0; i < payload.size(); ++i)
    payload[i] = static_cast<char>(payload[i] ^ frame[header - 4 + i % 4]);
  return payload;
}

TEST(WebSocketFrames, AreWrittenAsTheExampleOfTheStandard) {
  // RFC 6455, section 5.7: a single-frame masked text message, mask 37 fa 21 3d.
  std::string frame;
  append_frame(frame, opcode::text, "Hello", 0x3d21fa37);
  EXPECT_EQ(frame, std::string("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11));
}

TEST(WebSocketFrames, CarryEveryLengthInTheShortestForm) {
  struct {
    std::size_t payload, header;
  } const cases[] = {{0, 6}, {125, 6}, {126, 8}, {65'535, 8}, {65'536, 14}, {100'000, 14}};
  for (const auto& each : cases) {
    const std::string payload(each.payload, 'y');
    std::string frame;
    append_frame(frame, opcode::text, payload, 0xA1B2C3D4);
    EXPECT_EQ(frame.size(), each.header + each.payload);
    EXPECT_EQ(unmasked(frame, each.header), payload) << each.payload;
  }
}

TEST(WebSocketFrames, AreAppendedToWhatIsThere) {
  std::string frames;
  append_frame(frames, opcode::text, "a", 1);
  const auto first = frames;
  append_frame(frames, opcode::pong, "b", 1);
  EXPECT_EQ(frames.substr(0, first.size()), first);
  EXPECT_EQ(static_cast<unsigned char>(frames[first.size()]), 0x8A);
}

TEST(WebSocketFrames, OfAServerAreFoundInEveryLength) {
  const std::string short_one = server_frame(0x81, 5, "\x05");
  const std::string medium = server_frame(0x81, 300, std::string("\x7e\x01\x2c", 3));
  const std::string long_one = server_frame(0x81, 70'000, std::string("\x7f\0\0\0\0\0\x01\x11\x70", 9));
  for (const auto& bytes : {short_one, medium, long_one}) {
    const auto found = find_frame(bytes.data(), bytes.size(), no_limit);
    EXPECT_EQ(found.status, frame_status::whole);
    EXPECT_EQ(found.kind, opcode::text);
    EXPECT_TRUE(found.final);
    EXPECT_EQ(found.header + found.payload, bytes.size());
  }
}

TEST(WebSocketFrames, ArePartialUntilTheirLastByte) {
  const auto bytes = server_frame(0x81, 300, std::string("\x7e\x01\x2c", 3));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    ASSERT_EQ(find_frame(bytes.data(), size, no_limit).status, frame_status::partial) << size;
  EXPECT_EQ(find_frame(bytes.data(), bytes.size(), no_limit).status, frame_status::whole);
}

TEST(WebSocketFrames, ThatNoServerMaySendAreBroken) {
  const auto status = [](const std::string& bytes) {
    return find_frame(bytes.data(), bytes.size(), 1'000).status;
  };
  EXPECT_EQ(status(std::string("\x81\x81\0\0\0\0a", 7)), frame_status::broken) << "masked";
  EXPECT_EQ(status("\xC1\x01"
                   "a"),
            frame_status::broken)
      << "a reserved bit";
  EXPECT_EQ(status("\x83\x01"
                   "a"),
            frame_status::broken)
      << "an unknown opcode";
  EXPECT_EQ(status(std::string("\x09\x00", 2)), frame_status::broken) << "a ping in parts";
  EXPECT_EQ(status(std::string("\x81\x7e\x03\xe9", 4)), frame_status::broken) << "1,001 bytes";
  EXPECT_EQ(status(std::string("\x81\x7e\x03\xe8", 4)), frame_status::partial) << "1,000 bytes";
  EXPECT_EQ(status("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), frame_status::broken) << "2^64-1 bytes";
}

TEST(WebSocketUpgrade, IsAskedForAtTheRightPlace) {
  const auto request = upgrade_request("127.0.0.1:8080");
  EXPECT_TRUE(request.starts_with("GET /v1/ws HTTP/1.1\r\n"));
  EXPECT_NE(request.find("\r\nHost: 127.0.0.1:8080\r\n"), std::string::npos);
  EXPECT_TRUE(request.ends_with("\r\n\r\n"));
}

TEST(WebSocketUpgrade, IsGoodOnlyWithEverythingThatTheStandardAsksFor) {
  const std::string status = "HTTP/1.1 101 Switching Protocols";
  const std::string upgrade = "\r\nUpgrade: WebSocket\r\nConnection: Upgrade";
  const std::string key = "\r\nSEC-WEBSOCKET-ACCEPT:  s3pPLMBiTxaQ9kYGzzhZRbK+xOo= ";
  const std::string protocol = "\r\nSec-WebSocket-Protocol: parley.v1";
  EXPECT_EQ(why_not_upgraded(status + upgrade + key + protocol), "");
  EXPECT_NE(why_not_upgraded(status + key + protocol), "");
  EXPECT_NE(why_not_upgraded(status + upgrade + protocol), "");
  EXPECT_NE(why_not_upgraded(status + upgrade + key), "");
  EXPECT_NE(why_not_upgraded(status + upgrade + key + "\r\nSec-WebSocket-Protocol: other"), "");
  EXPECT_EQ(why_not_upgraded("HTTP/1.1 403 Forbidden" + upgrade + key + protocol),
            "it answered HTTP/1.1 403 Forbidden");
}

}  // namespace
}  // namespace parley::bench
