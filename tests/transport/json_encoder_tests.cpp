#include <gmock/gmock.h>
#include <simdjson.h>

#include "transport/protocol/json_encoder.hpp"
#include "transport/protocol/json_writer.hpp"

namespace parley::testing {
namespace {

using simdjson::dom::element;

std::string written_text(std::string_view value) {
  std::string out;
  json_writer{out}.text(value);
  return out;
}

std::string written_time(timestamp_ms at) {
  std::string out;
  json_writer{out}.time(at);
  return out;
}

/// Looks into an encoded frame: the header must fit its payload, the payload must be JSON.
class decoded {
public:
  explicit decoded(const frame& from) {
    const auto payload = from->payload();
    const auto& bytes = from->bytes;
    const auto byte = [&](std::size_t i) {
      return static_cast<std::size_t>(static_cast<unsigned char>(bytes.at(i)));
    };
    EXPECT_EQ(byte(0), 0x81U) << "a final text frame without extensions";
    std::size_t length = byte(1);
    std::size_t header = 2;
    if (length == 126) {
      header = 4;
      length = byte(2) << 8U | byte(3);
      EXPECT_GE(length, 126U) << "the shortest form of a length";
    } else if (length == 127) {
      header = 10;
      length = 0;
      for (std::size_t i = 2; i < 10; ++i) length = length << 8U | byte(i);
      EXPECT_GE(length, 65'536U) << "the shortest form of a length";
    }
    EXPECT_EQ(from->payload_offset, header);
    EXPECT_EQ(length, payload.size());
    EXPECT_EQ(bytes.size(), header + length);
    EXPECT_FALSE(parser_.parse(payload.data(), payload.size()).get(root_)) << payload.substr(0, 200);
  }

  element at(std::string_view pointer) {
    element found;
    EXPECT_FALSE(root_.at_pointer(pointer).get(found)) << pointer;
    return found;
  }
  std::string text(std::string_view pointer) { return std::string{std::string_view{at(pointer)}}; }
  std::int64_t number(std::string_view pointer) { return std::int64_t{at(pointer)}; }
  bool boolean(std::string_view pointer) { return bool{at(pointer)}; }
  bool has(std::string_view pointer) { return !root_.at_pointer(pointer).error(); }

private:
  simdjson::dom::parser parser_;
  element root_;
};

entry message(std::string text) {
  entry shown;
  shown.conversation = {9};
  shown.seq = 42;
  shown.at = 1'700'000'000'123;
  shown.sender = {5};
  shown.content.key = "k\"1";
  shown.content.text = std::move(text);
  return shown;
}

TEST(JsonWriter, EscapesOnlyWhatMustBe) {
  EXPECT_EQ(written_text(""), R"("")");
  EXPECT_EQ(written_text("a/b <script> 'ü' \xF0\x9F\x98\x80 \x7f"),
            "\"a/b <script> 'ü' \xF0\x9F\x98\x80 \x7f\"");
  EXPECT_EQ(written_text("\"\\\n\r\t"), R"("\"\\\n\r\t")");
  EXPECT_EQ(written_text(std::string_view{"\x01\x1f\x00", 3}), R"("\u0001\u001f\u0000")");
}

TEST(JsonWriter, WritesEveryCharacterSoThatItIsReadBackTheSame) {
  std::string all;
  for (int c = 1; c < 0x80; ++c) all += static_cast<char>(c);
  all += "ü€\xF0\x9F\x98\x80";
  simdjson::dom::parser parser;
  std::string_view back;
  ASSERT_FALSE(parser.parse(written_text(all)).get(back));
  EXPECT_EQ(back, all);
}

TEST(JsonWriter, WritesTimesInUtcWithMilliseconds) {
  EXPECT_EQ(written_time(0), R"("1970-01-01T00:00:00.000Z")");
  EXPECT_EQ(written_time(1'709'210'096'789), R"("2024-02-29T12:34:56.789Z")");
  EXPECT_EQ(written_time(-1), R"("1969-12-31T23:59:59.999Z")");
  EXPECT_EQ(written_time(253'402'300'799'999), R"("9999-12-31T23:59:59.999Z")");
}

TEST(JsonEncoder, PutsTheShortestHeaderBeforeEveryLength) {
  const json_encoder codec;
  // The payload around the text has a fixed size: every length around both limits comes up.
  const auto around = codec.encode_event(message(""))->payload().size();
  for (const std::size_t limit : {126U, 65'536U})
    for (std::size_t size = limit - 2; size <= limit + 2; ++size) {
      if (size < around) continue;
      const auto encoded = codec.encode_event(message(std::string(size - around, 'x')));
      ASSERT_EQ(encoded->payload().size(), size);
      decoded{encoded};
    }
  decoded{codec.encode_reply(1, reply::nothing{})};
  const auto huge = codec.encode_event(message(std::string(1'300'000, 'x')));
  EXPECT_EQ(decoded{huge}.text("/d/text").size(), 1'300'000U);
}

TEST(JsonEncoder, ShowsAMessage) {
  decoded shown{json_encoder{}.encode_event(message("say \"hi\"\n"))};
  EXPECT_EQ(shown.text("/ev"), "entry");
  EXPECT_EQ(shown.text("/d/conversation"), "9");
  EXPECT_EQ(shown.number("/d/seq"), 42);
  EXPECT_EQ(shown.text("/d/kind"), "message");
  EXPECT_EQ(shown.text("/d/sender"), "5");
  EXPECT_EQ(shown.text("/d/at"), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(shown.text("/d/key"), "k\"1");
  EXPECT_EQ(shown.text("/d/text"), "say \"hi\"\n");
  EXPECT_FALSE(shown.has("/d/edited"));
  EXPECT_FALSE(shown.has("/d/deleted"));
}

TEST(JsonEncoder, ShowsADeletedMessageWithoutItsText) {
  auto gone = message("secret");
  gone.deleted = gone.edited = true;
  decoded shown{json_encoder{}.encode_event(gone)};
  EXPECT_TRUE(shown.boolean("/d/deleted"));
  EXPECT_FALSE(shown.has("/d/text"));
  EXPECT_FALSE(shown.has("/d/edited"));
  auto newer = message("newer");
  newer.edited = true;
  EXPECT_TRUE(decoded{json_encoder{}.encode_event(newer)}.boolean("/d/edited"));
}

TEST(JsonEncoder, ShowsAnEditWithTheTextThatItsMessageHasNow) {
  auto edit = message("newest");
  edit.content.kind = entry_kind::edit;
  edit.content.target = 7;
  edit.edited = true;
  decoded superseded{json_encoder{}.encode_event(edit)};
  EXPECT_EQ(superseded.text("/d/text"), "newest");
  EXPECT_TRUE(superseded.boolean("/d/edited"));
  edit.deleted = true;
  decoded gone{json_encoder{}.encode_event(edit)};
  EXPECT_EQ(gone.number("/d/target"), 7);
  EXPECT_TRUE(gone.boolean("/d/deleted"));
  EXPECT_FALSE(gone.has("/d/text"));
}

TEST(JsonEncoder, ShowsEveryKindWithItsMembers) {
  const json_encoder codec;
  auto from = message("new text");
  from.content.target = 7;
  from.content.user = {6};
  from.content.role = member_role::admin;
  from.content.name = "n";
  from.content.members = {{5}, {6}};
  const auto as = [&](entry_kind kind) {
    from.content.kind = kind;
    return decoded{codec.encode_event(from)};
  };
  auto create = as(entry_kind::create);
  EXPECT_EQ(create.text("/d/kind"), "create");
  EXPECT_EQ(create.text("/d/members/1"), "6");
  EXPECT_EQ(create.text("/d/name"), "n");
  auto edit = as(entry_kind::edit);
  EXPECT_EQ(edit.number("/d/target"), 7);
  EXPECT_EQ(edit.text("/d/text"), "new text");
  auto erase = as(entry_kind::erase);
  EXPECT_EQ(erase.text("/d/kind"), "delete");
  EXPECT_EQ(erase.number("/d/target"), 7);
  EXPECT_FALSE(erase.has("/d/text"));
  EXPECT_EQ(as(entry_kind::join).text("/d/user"), "6");
  EXPECT_EQ(as(entry_kind::leave).text("/d/user"), "6");
  auto role = as(entry_kind::role);
  EXPECT_EQ(role.text("/d/user"), "6");
  EXPECT_EQ(role.text("/d/role"), "admin");
  EXPECT_EQ(as(entry_kind::rename).text("/d/name"), "n");
}

TEST(JsonEncoder, RefusesWithCodeMessageAndWhenToComeBack) {
  decoded refusal{json_encoder{}.encode_refusal(
      9'007'199'254'740'991, {errc::rate_limited, "slow \"down\"", std::chrono::milliseconds{900}})};
  EXPECT_EQ(refusal.number("/id"), 9'007'199'254'740'991);
  EXPECT_FALSE(refusal.boolean("/ok"));
  EXPECT_EQ(refusal.text("/error/code"), "rate_limited");
  EXPECT_EQ(refusal.text("/error/message"), "slow \"down\"");
  EXPECT_TRUE(refusal.boolean("/error/temporary"));
  EXPECT_EQ(refusal.number("/error/retry_after_ms"), 900);
  decoded other{json_encoder{}.encode_refusal(1, {errc::not_found, "no", {}})};
  EXPECT_FALSE(other.boolean("/error/temporary"));
  EXPECT_FALSE(other.has("/error/retry_after_ms"));
}

TEST(JsonEncoder, AnswersEveryOp) {
  const json_encoder codec;
  const auto answer = [&](const client_reply& reply) { return decoded{codec.encode_reply(7, reply)}; };
  auto identified = answer(reply::identified{{{5}, "al"}, {1}, "node-1"});
  EXPECT_EQ(identified.number("/id"), 7);
  EXPECT_TRUE(identified.boolean("/ok"));
  EXPECT_EQ(identified.text("/d/user/id"), "5");
  EXPECT_EQ(identified.text("/d/user/name"), "al");
  EXPECT_EQ(identified.text("/d/session"), "1");
  EXPECT_EQ(identified.text("/d/node"), "node-1");
  EXPECT_EQ(answer(reply::pong{0}).text("/d/now"), "1970-01-01T00:00:00.000Z");
  auto wrote = answer(written{{9}, 3, 0, true});
  EXPECT_EQ(wrote.number("/d/seq"), 3);
  EXPECT_TRUE(wrote.boolean("/d/duplicate"));
  EXPECT_FALSE(wrote.has("/d/conversation"));
  EXPECT_EQ(answer(reply::opened{{9}, {}}).text("/d/conversation"), "9");
  EXPECT_FALSE(answer(reply::opened{{9}, {}}).has("/d/duplicate"));
  EXPECT_FALSE(answer(reply::opened{{9}, false}).boolean("/d/duplicate"));
  EXPECT_EQ(answer(reply::users_found{{{{5}, "al"}, {{6}, "bo"}}}).text("/d/users/1/name"), "bo");
  auto page = answer(entries_page{{message("a"), message("b")}, true});
  EXPECT_EQ(page.text("/d/entries/1/text"), "b");
  EXPECT_TRUE(page.boolean("/d/more"));
  auto members = answer(reply::members{{{{5}, "al", member_role::owner, 3}}, "next"});
  EXPECT_EQ(members.text("/d/members/0/role"), "owner");
  EXPECT_EQ(members.number("/d/members/0/read"), 3);
  EXPECT_EQ(members.text("/d/cursor"), "next");
}

TEST(JsonEncoder, AnswersSyncWithEntriesAndTellsEventsWithout) {
  conversation_view view;
  view.id = {9};
  view.kind = conversation_kind::group;
  view.name = "run";
  view.head = 42;
  view.read = 40;
  view.unread = 2;
  view.entries = {message("a")};
  view.gap = true;
  view.member_count = 1;
  view.members = {{{5}, "al", member_role::owner, 40}};
  decoded synced{json_encoder{}.encode_reply(7, reply::synced{"e1", {view, view}, "next"})};
  EXPECT_EQ(synced.text("/d/epoch"), "e1");
  EXPECT_EQ(synced.text("/d/cursor"), "next");
  EXPECT_EQ(synced.text("/d/conversations/1/id"), "9");
  EXPECT_EQ(synced.text("/d/conversations/0/kind"), "group");
  EXPECT_EQ(synced.number("/d/conversations/0/unread"), 2);
  EXPECT_EQ(synced.text("/d/conversations/0/entries/0/text"), "a");
  EXPECT_TRUE(synced.boolean("/d/conversations/0/gap"));
  EXPECT_FALSE(synced.has("/d/conversations/0/reset"));
  EXPECT_EQ(synced.text("/d/conversations/0/members/0/user"), "5");
  decoded told{json_encoder{}.encode_event(event::conversation_changed{view})};
  EXPECT_EQ(told.text("/ev"), "conversation");
  EXPECT_EQ(told.number("/d/head"), 42);
  EXPECT_FALSE(told.has("/d/entries"));
}

TEST(JsonEncoder, SaysHelloWithTheLimits) {
  event::hello hello{"node-1", "e1", {}};
  decoded shown{json_encoder{}.encode_event(hello)};
  EXPECT_EQ(shown.text("/ev"), "hello");
  EXPECT_EQ(shown.text("/d/protocol"), "parley.v1");
  EXPECT_EQ(shown.text("/d/node"), "node-1");
  EXPECT_EQ(shown.text("/d/epoch"), "e1");
  EXPECT_EQ(shown.number("/d/ping_ms"), 25'000);
  EXPECT_EQ(shown.number("/d/limits/text_characters"), 100'000);
  EXPECT_EQ(shown.number("/d/limits/frame_bytes"), 1'310'720);
  EXPECT_EQ(shown.number("/d/limits/unanswered_requests"), 32);
}

}  // namespace
}  // namespace parley::testing
