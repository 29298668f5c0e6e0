#include "transport/http_rules.hpp"

#include <gtest/gtest.h>

namespace parley::testing {
namespace {

namespace http = boost::beast::http;

http::fields fields(std::initializer_list<std::pair<std::string_view, std::string_view>> given) {
  http::fields made;
  for (const auto& [name, value] : given)
    made.insert(boost::beast::string_view{name.data(), name.size()}, {value.data(), value.size()});
  return made;
}

bool is_wrong(const http::fields& given, unsigned version = 11, std::string_view target = "/",
              std::string_view head = "GET / HTTP/1.1\r\n\r\n") {
  return wrong_with_head(head, version, target, given).has_value();
}

TEST(HttpRules, LetAnOrdinaryRequestPass) {
  EXPECT_FALSE(is_wrong(fields({{"Host", "a"}})));
  EXPECT_FALSE(is_wrong(fields({{"Host", "a"}, {"Content-Length", "5"}})));
  EXPECT_FALSE(is_wrong(fields({{"Host", "a"}, {"Transfer-Encoding", "Chunked"}})));
  EXPECT_FALSE(is_wrong(fields({}), 10));
  EXPECT_FALSE(is_wrong(fields({{"Host", "a"}}), 11, "/v1/sessions/x/events?wait=25&a=%20..b"));
}

TEST(HttpRules, WantExactlyOneHost) {
  EXPECT_TRUE(is_wrong(fields({})));
  EXPECT_TRUE(is_wrong(fields({{"Host", "a"}, {"Host", "a"}})));
  EXPECT_TRUE(is_wrong(fields({{"Host", "a"}, {"hOST", "b"}}), 10));
}

TEST(HttpRules, RefuseEveryWayToMakeTheEndOfARequestUnclear) {
  for (const auto* encoding : {"gzip", "gzip, chunked", "chunked, chunked", "chunked, gzip", "identity",
                               "xchunked", "chunked;q=1", ""})
    EXPECT_TRUE(is_wrong(fields({{"Host", "a"}, {"Transfer-Encoding", encoding}}))) << encoding;
  EXPECT_TRUE(
      is_wrong(fields({{"Host", "a"}, {"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}})));
  EXPECT_TRUE(is_wrong(fields({{"Host", "a"}, {"Transfer-Encoding", "chunked"}}), 10));
  EXPECT_TRUE(is_wrong(fields({{"Host", "a"}, {"Transfer-Encoding", "chunked"}, {"Content-Length", "5"}})));
  EXPECT_TRUE(is_wrong(fields({{"Host", "a"}, {"Content-Length", "5"}, {"Content-Length", "5"}})));
  for (const auto* length : {"", "5, 5", "+5", "-5", "0x5", "5 5"})
    EXPECT_TRUE(is_wrong(fields({{"Host", "a"}, {"Content-Length", length}}))) << length;
}

TEST(HttpRules, RefuseFoldedLines) {
  EXPECT_TRUE(is_wrong(fields({{"Host", "a"}}), 11, "/", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"));
  EXPECT_TRUE(is_wrong(fields({{"Host", "a"}}), 11, "/", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n\tb\r\n\r\n"));
}

TEST(HttpRules, WantAPathThatStaysBelowTheRoot) {
  for (const auto* target :
       {"", "*", "http://a/", "a", "/..", "/../etc", "/a/../b", "/%2e%2e/", "/%2E./x", "/a\\b"})
    EXPECT_TRUE(is_wrong(fields({{"Host", "a"}}), 11, target)) << target;
}

TEST(HttpRules, KnowOnlyTheVersionsThatAreSpoken) {
  EXPECT_TRUE(is_wrong(fields({{"Host", "a"}}), 9));
  EXPECT_TRUE(is_wrong(fields({{"Host", "a"}}), 12));
  EXPECT_TRUE(is_wrong(fields({{"Host", "a"}}), 20));
}

TEST(HttpRules, LetPagesOfTheOwnAddressAndOfTheListConnect) {
  const origin_rules listed{{"https://chat.example.org"}};
  EXPECT_TRUE(is_origin_allowed("", "node:8080", {}));
  EXPECT_TRUE(is_origin_allowed("http://node:8080", "node:8080", {}));
  EXPECT_TRUE(is_origin_allowed("https://NODE:8080", "node:8080", {}));
  EXPECT_TRUE(is_origin_allowed("https://chat.example.org", "node:8080", listed));
  EXPECT_TRUE(is_origin_allowed("https://anything.example", "node:8080", {{"*"}}));
  for (const auto* origin :
       {"http://node", "http://node:8081", "https://evil.example", "null", "ftp://node:8080",
        "http://node:8080.evil.example", "https://chat.example.org.evil.example",
        "https://evil.example/https://chat.example.org"})
    EXPECT_FALSE(is_origin_allowed(origin, "node:8080", listed)) << origin;
}

TEST(HttpRules, TakeOnlyPagesThatCameByTlsForTheirOwnWhereTlsIsSpoken) {
  origin_rules rules{{}, own_pages::by_tls};
  EXPECT_TRUE(is_origin_allowed("", "node:8080", rules));
  EXPECT_TRUE(is_origin_allowed("https://node:8080", "node:8080", rules));
  EXPECT_FALSE(is_origin_allowed("http://node:8080", "node:8080", rules));
  EXPECT_FALSE(is_origin_allowed("https://node", "node:8080", rules));
  rules.allowed = {"http://node:8080"};
  EXPECT_TRUE(is_origin_allowed("http://node:8080", "node:8080", rules));
}

TEST(HttpRules, TakeARequestWithoutAnOriginAndNoneWithAnUnclearOne) {
  EXPECT_TRUE(is_origin_allowed(fields({{"Host", "a"}}), {}));
  EXPECT_TRUE(is_origin_allowed(fields({{"Host", "a"}, {"Origin", "http://a"}}), {}));
  EXPECT_FALSE(is_origin_allowed(fields({{"Host", "a"}, {"Origin", ""}}), {}));
  EXPECT_FALSE(
      is_origin_allowed(fields({{"Host", "a"}, {"Origin", "http://a"}, {"Origin", "http://b"}}), {}));
}

TEST(HttpRules, WantAKeyAndNoBodyOfARequestForAWebSocket) {
  const char* key = "dGhlIHNhbXBsZSBub25jZQ==";
  EXPECT_FALSE(wrong_with_upgrade(fields({{"Sec-WebSocket-Key", key}})));
  EXPECT_FALSE(wrong_with_upgrade(fields({{"Sec-WebSocket-Key", key}, {"Content-Length", "0"}})));
  EXPECT_TRUE(wrong_with_upgrade(fields({})));
  EXPECT_TRUE(wrong_with_upgrade(fields({{"Sec-WebSocket-Key", key}, {"Sec-WebSocket-Key", key}})));
  for (const auto* wrong : {"", "dGhlIHNhbXBsZQ==", "dGhlIHNhbXBsZSBub25jZ===", "dGhlIHNhbXBsZSBub25jZQ=!"})
    EXPECT_TRUE(wrong_with_upgrade(fields({{"Sec-WebSocket-Key", wrong}}))) << wrong;
  EXPECT_TRUE(wrong_with_upgrade(fields({{"Sec-WebSocket-Key", key}, {"Content-Length", "5"}})));
  EXPECT_TRUE(wrong_with_upgrade(fields({{"Sec-WebSocket-Key", key}, {"Transfer-Encoding", "chunked"}})));
}

TEST(HttpRules, TakeTheSubprotocolOrNone) {
  EXPECT_TRUE(offers_protocol(fields({})));
  EXPECT_TRUE(offers_protocol(fields({{"Sec-WebSocket-Protocol", "parley.v1"}})));
  EXPECT_TRUE(offers_protocol(fields({{"Sec-WebSocket-Protocol", "other, parley.v1"}})));
  EXPECT_TRUE(offers_protocol(
      fields({{"Sec-WebSocket-Protocol", "other"}, {"Sec-WebSocket-Protocol", "parley.v1"}})));
  EXPECT_FALSE(offers_protocol(fields({{"Sec-WebSocket-Protocol", "parley.v2"}})));
  EXPECT_FALSE(offers_protocol(fields({{"Sec-WebSocket-Protocol", "xparley.v1, PARLEY.V1"}})));
}

}  // namespace
}  // namespace parley::testing
