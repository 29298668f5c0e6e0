#include <gmock/gmock.h>

#include "tests/transport/support/texts.hpp"
#include "transport/protocol/request_decoder.hpp"

namespace parley::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class RequestDecoder : public ::testing::Test {
protected:
  decoded_frame decode(std::string_view frame) { return decoder_.decode(frame); }

  client_request request(std::string_view frame) {
    auto decoded = decode(frame);
    if (const auto* nonsense = std::get_if<not_the_protocol>(&decoded)) {
      ADD_FAILURE() << "not the protocol: " << nonsense->reason << "\n" << frame.substr(0, 200);
      return {};
    }
    return std::get<client_request>(decoded);
  }
  /// A request with the op and its members.
  client_request op(std::string_view name, std::string_view d) {
    return request(R"({"id":7,"op":")" + std::string(name) + R"(","d":)" + std::string(d) + "}");
  }
  template <class Op>
  Op good(std::string_view name, std::string_view d) {
    auto read = op(name, d);
    EXPECT_EQ(read.id, 7);
    EXPECT_FALSE(read.defect) << read.defect->message;
    if (std::holds_alternative<Op>(read.op)) return std::get<Op>(read.op);
    ADD_FAILURE() << "another op than " << name;
    return {};
  }
  /// The code of what is wrong, or nothing.
  std::optional<errc> defect(std::string_view name, std::string_view d) {
    const auto read = op(name, d);
    return read.defect ? std::optional{read.defect->code} : std::nullopt;
  }
  [[nodiscard]] bool is_nonsense(std::string_view frame) {
    return std::holds_alternative<not_the_protocol>(decode(frame));
  }

private:
  request_decoder decoder_{limits{}};
};

TEST_F(RequestDecoder, ReadsEveryOp) {
  const auto identify = good<request::identify>("identify", R"({"token":"abc","device":"phone"})");
  EXPECT_EQ(identify.token, "abc");
  EXPECT_EQ(identify.device, "phone");
  EXPECT_FALSE(good<request::identify>("identify", R"({"token":"abc"})").device);

  good<request::ping>("ping", "{}");
  good<request::logout>("logout", "{}");

  const auto members = good<request::members>("members", R"({"conversation":"9","cursor":"c"})");
  EXPECT_EQ(members.conversation.value, 9);
  EXPECT_EQ(members.cursor, "c");

  const auto history = good<request::history>("history", R"({"conversation":"9","before":42,"limit":10})");
  EXPECT_EQ(history.conversation.value, 9);
  EXPECT_EQ(history.before, 42);
  EXPECT_FALSE(history.after);
  EXPECT_EQ(history.limit, 10U);
  EXPECT_EQ(good<request::history>("history", R"({"conversation":"9","after":0})").after, 0);

  const auto send = good<request::write>("send", R"({"conversation":"9","key":"k 1","text":"hi \"you\""})");
  EXPECT_EQ(send.conversation.value, 9);
  EXPECT_EQ(send.draft->kind, entry_kind::message);
  EXPECT_EQ(send.draft->key, "k 1");
  EXPECT_EQ(send.draft->text, "hi \"you\"");

  EXPECT_EQ(good<request::open_direct>("open_direct", R"({"user":"5"})").user.value, 5);

  const auto group =
      good<request::create_group>("create_group", R"({"key":"g","name":"Läufer","members":["5","6"]})");
  EXPECT_EQ(group.draft->kind, entry_kind::create);
  EXPECT_EQ(group.draft->name, "Läufer");
  EXPECT_THAT(group.draft->members, ElementsAre(user_id{5}, user_id{6}));

  const auto found = good<request::find_users>("find_users", R"({"prefix":"al","limit":3})");
  EXPECT_EQ(found.prefix, "al");
  EXPECT_EQ(found.limit, 3U);
}

TEST_F(RequestDecoder, ReadsSync) {
  const auto first = good<request::sync>("sync", R"({"have":{"9":42,"11":0},"epoch":"e","tail":0})");
  EXPECT_THAT(first.have, ElementsAre(Pair(conversation_id{9}, 42), Pair(conversation_id{11}, 0)));
  EXPECT_EQ(first.epoch, "e");
  EXPECT_EQ(first.tail, 0U);
  EXPECT_EQ(good<request::sync>("sync", "{}").tail, 20U);
  EXPECT_EQ(good<request::sync>("sync", R"({"cursor":"c"})").cursor, "c");
  // A conversation this server never made has no entries that one could have.
  EXPECT_TRUE(good<request::sync>("sync", R"({"have":{"nine":42}})").have.empty());
  EXPECT_EQ(defect("sync", R"({"cursor":"c","tail":5})"), errc::bad_request);
  EXPECT_EQ(defect("sync", R"({"have":{"9":-1}})"), errc::bad_request);
  EXPECT_EQ(defect("sync", R"({"have":{"9":"42"}})"), errc::bad_request);
  EXPECT_EQ(defect("sync", R"({"have":[9]})"), errc::bad_request);
}

TEST_F(RequestDecoder, TakesAnOpWithoutMembers) {
  EXPECT_TRUE(std::holds_alternative<request::ping>(request(R"({"id":1,"op":"ping"})").op));
  EXPECT_TRUE(std::holds_alternative<request::sync>(request(R"({"op":"sync","id":1})").op));
  const auto send = request(R"({"id":1,"op":"send"})");
  ASSERT_TRUE(send.defect);
  EXPECT_THAT(send.defect->message, HasSubstr("conversation"));
}

TEST_F(RequestDecoder, IgnoresUnknownMembers) {
  good<request::ping>("ping", R"({"colour":"red","deep":[[{"a":1e3}]]})");
  EXPECT_FALSE(request(R"({"id":7,"op":"ping","v":2,"d":{}})").defect);
}

TEST_F(RequestDecoder, CallsAnUnknownOpUnsupported) {
  const auto read = op("dance", R"({"conversation":"9"})");
  ASSERT_TRUE(std::holds_alternative<request::unsupported>(read.op));
  EXPECT_EQ(std::get<request::unsupported>(read.op).op, "dance");
  EXPECT_FALSE(read.defect);
  // A long name is not carried around.
  EXPECT_EQ(std::get<request::unsupported>(op(repeated("x", 10'000), "{}").op).op.size(), 64U);
}

TEST_F(RequestDecoder, WantsAUsableId) {
  for (const auto* id : {"0", "-1", "9007199254740992", "99999999999999999999", "1.0", "1.5", "1e3", "\"1\"",
                         "null", "true", "[1]", "{}"})
    EXPECT_TRUE(is_nonsense(R"({"id":)" + std::string(id) + R"(,"op":"ping"})")) << id;
  EXPECT_TRUE(is_nonsense(R"({"op":"ping"})"));
  EXPECT_EQ(request(R"({"id":1,"op":"ping"})").id, 1);
  EXPECT_EQ(request(R"({"id":9007199254740991,"op":"ping"})").id, 9'007'199'254'740'991);
  EXPECT_EQ(request(R"({"id":1,"id":2,"op":"ping"})").id, 1);
}

TEST_F(RequestDecoder, WantsOneJsonObject) {
  for (const auto* frame :
       {"", " ", "hello", "[1]", "7", "null", "\"text\"", R"({"id":1,"op":"ping")",
        R"({"id":1,"op":"ping"}})", R"({"id":1,"op":"ping"} {"id":2,"op":"ping"})", R"({id:1})",
        R"({"id":1,})", R"({"id":01,"op":"ping"})", "{\"id\":1,\"op\":\"pi\nng\"}",
        R"({"id":1,"op":"ping","d":{"x":"\q"}})", R"({"id":1,"op":"ping","d":{"x":+1}})"})
    EXPECT_TRUE(is_nonsense(frame)) << frame;
  // Deep nesting is refused before it can cost a stack.
  EXPECT_TRUE(
      is_nonsense(R"({"id":1,"op":"ping","d":)" + repeated("[", 100'000) + repeated("]", 100'000) + "}"));
}

TEST_F(RequestDecoder, AnswersAMissingOpByItsId) {
  for (const auto* frame : {R"({"id":7})", R"({"id":7,"op":5})", R"({"id":7,"op":null})"}) {
    const auto read = request(frame);
    EXPECT_EQ(read.id, 7);
    ASSERT_TRUE(read.defect) << frame;
    EXPECT_EQ(read.defect->code, errc::bad_request);
  }
}

struct defective {
  const char* op;
  const char* d;
  errc code = errc::bad_request;
};

TEST_F(RequestDecoder, FindsWhatIsWrong) {
  const defective cases[] = {
      {"identify", "{}"},
      {"identify", R"({"token":5})"},
      {"identify", R"({"token":"a","device":5})"},
      {"identify", "[]"},
      {"ping", R"("text")"},
      {"ping", "null"},
      {"members", "{}"},
      {"members", R"({"conversation":9})"},
      {"members", R"({"conversation":"9","cursor":1})"},
      {"history", R"({"conversation":"9","before":1,"after":1})"},
      {"history", R"({"conversation":"9","before":-1})"},
      {"history", R"({"conversation":"9","before":"1"})"},
      {"history", R"({"conversation":"9","limit":0})"},
      {"history", R"({"conversation":"9","limit":101})"},
      {"history", R"({"conversation":"9","limit":1.5})"},
      {"sync", R"({"tail":101})"},
      {"sync", R"({"tail":-1})"},
      {"sync", R"({"epoch":5})"},
      {"send", R"({"conversation":"9","key":"k"})"},
      {"send", R"({"conversation":"9","key":"k","text":""})"},
      {"send", R"({"conversation":"9","key":"k","text":["hi"]})"},
      {"send", R"({"conversation":"9","text":"hi"})"},
      {"send", R"({"conversation":"9","key":"","text":"hi"})"},
      {"send", R"({"conversation":"9","key":"ü","text":"hi"})"},
      {"send", R"({"conversation":"9","key":"a\tb","text":"hi"})"},
      {"send", R"({"key":"k","text":"hi"})"},
      {"open_direct", "{}"},
      {"open_direct", R"({"user":5})"},
      {"create_group", R"({"key":"k","name":"n"})"},
      {"create_group", R"({"key":"k","name":"n","members":"5"})"},
      {"create_group", R"({"key":"k","name":"n","members":[5]})"},
      {"create_group", R"({"key":"k","name":"","members":["5"]})"},
      {"create_group", R"({"name":"n","members":["5"]})"},
      {"find_users", R"({"prefix":"a"})"},
      {"find_users", R"({"prefix":""})"},
      {"find_users", R"({"prefix":"al","limit":21})"},
      {"find_users", R"({"prefix":"al","limit":0})"},
  };
  for (const auto& each : cases) {
    const auto read = op(each.op, each.d);
    ASSERT_TRUE(read.defect) << each.op << ' ' << each.d;
    EXPECT_EQ(read.defect->code, each.code) << each.op << ' ' << each.d;
    EXPECT_FALSE(read.defect->message.empty());
  }
}

TEST_F(RequestDecoder, KeepsTheConversationOfADefectiveRequest) {
  // Membership is checked before content, so both have to arrive.
  const auto read = op("send", R"({"conversation":"9","key":"","text":""})");
  EXPECT_TRUE(read.defect);
  ASSERT_TRUE(std::holds_alternative<request::write>(read.op));
  EXPECT_EQ(std::get<request::write>(read.op).conversation.value, 9);
  // Where no conversation is named there is no membership to check.
  EXPECT_TRUE(std::holds_alternative<request::unsupported>(op("send", R"({"conversation":9,"key":"k"})").op));
}

TEST_F(RequestDecoder, GivesAnIdThatIsNoNumberTheNameOfNothing) {
  for (const auto* id : {"", "0", "007", "+9", "-9", "nine", "9 ", "99999999999999999999"}) {
    const auto read = good<request::members>("members", R"({"conversation":")" + std::string(id) + R"("})");
    EXPECT_EQ(read.conversation, conversation_id{}) << id;
  }
}

TEST_F(RequestDecoder, CountsTextsInCodePoints) {
  const auto send = [&](const std::string& text) {
    return defect("send", R"({"conversation":"9","key":"k","text":")" + text + "\"}");
  };
  const std::string emoji = "\xF0\x9F\x98\x80";
  EXPECT_EQ(send(repeated(emoji, 100'000)), std::nullopt);
  EXPECT_EQ(send(repeated(emoji, 100'001)), errc::too_large);
  EXPECT_EQ(send(repeated("ü", 100'000)), std::nullopt);
  EXPECT_EQ(send(repeated("x", 100'001)), errc::too_large);
  EXPECT_EQ(send(repeated(R"(\ud83d\ude00)", 100'000)), std::nullopt);
  EXPECT_EQ(send(repeated(" ", 100'000)), std::nullopt);

  const auto text = repeated(emoji, 100'000);
  const auto read = good<request::write>("send", R"({"conversation":"9","key":"k","text":")" + text + "\"}");
  EXPECT_EQ(read.draft->text, text);
}

TEST_F(RequestDecoder, BoundsNamesAndKeys) {
  const auto group = [&](const std::string& name, const std::string& key) {
    return defect("create_group", R"({"key":")" + key + R"(","name":")" + name + R"(","members":[]})");
  };
  EXPECT_EQ(group(repeated("ü", 64), repeated("k", 64)), std::nullopt);
  EXPECT_EQ(group(repeated("ü", 65), "k"), errc::too_large);
  EXPECT_EQ(group("n", repeated("k", 65)), errc::bad_request);
}

TEST_F(RequestDecoder, RefusesWhatNoTextMayHold) {
  const auto send = [&](const std::string& text) {
    return defect("send", R"({"conversation":"9","key":"k","text":")" + text + "\"}");
  };
  for (const auto* text :
       {R"(\u0000)", R"(a\u0000b)", R"(\ud800)", R"(\udc00)", R"(\udc00\ud800)", R"(\ud83dx)", R"(\ud83d\n)",
        R"(\ud83d\ud83d\ude00)", R"(\uD83D\\ude00)", R"(x\uDFFF)"})
    EXPECT_EQ(send(text), errc::bad_request) << text;
  for (const auto* text : {R"(\\u0000)", R"(\\ud800)", R"(\ud83d\ude00)", R"(\uD83D\uDE00)", R"(\uffff)"})
    EXPECT_EQ(send(text), std::nullopt) << text;
  // Elsewhere than in a text it is wrong too, and answered.
  EXPECT_EQ(defect("identify", R"({"token":"\ud800"})"), errc::bad_request);
  EXPECT_EQ(request(R"({"id":7,"op":"ping","d":{"unknown":"\ud800"}})").id, 7);
}

TEST_F(RequestDecoder, ReportsTheFirstDefectAndForgetsTheLast) {
  EXPECT_EQ(defect("send", R"({"conversation":"9","key":"","text":""})"), errc::bad_request);
  EXPECT_EQ(defect("send", R"({"conversation":"9","key":"k","text":"good"})"), std::nullopt);
  EXPECT_TRUE(is_nonsense("{"));
  EXPECT_EQ(defect("ping", "{}"), std::nullopt);
}

TEST_F(RequestDecoder, AnswersByItsIdWhatHoldsANumberThatNothingHolds) {
  const std::string nines(30, '9');
  for (const auto& number : {nines, "-" + nines, nines + ".5e300", std::string("1e999"), std::string("-1E+999"),
                             std::string("18446744073709551616")}) {
    EXPECT_EQ(defect("read", R"({"conversation":"9","seq":)" + number + "}"), errc::bad_request) << number;
    EXPECT_EQ(defect("signal", R"({"user":"5","payload":[1,)" + number + "]}"), errc::bad_request) << number;
    EXPECT_EQ(request(R"({"op":"ping","d":{"x":"\ud800","y":)" + number + R"(},"id":7})").id, 7) << number;
    EXPECT_TRUE(is_nonsense(R"({"op":"ping","id":)" + number + "}")) << number;
  }
  // Digits in texts are no numbers, and what is no number at all is no JSON.
  EXPECT_EQ(good<request::write>("send", R"({"conversation":"9","key":"k","text":"\"1e999 )" + nines + "\"}")
                .draft->text,
            "\"1e999 " + nines);
  for (const auto& number : {"0" + nines, nines + ".", nines + "e", nines + "x", "1." + nines + "e",
                             "--" + nines, "+" + nines, nines + "-" + nines})
    EXPECT_TRUE(is_nonsense(R"({"id":7,"op":"ping","d":{"x":)" + number + "}}")) << number;
}

TEST_F(RequestDecoder, ChecksNoAddressThatIsNone) {
  for (const auto* user : {"5", "null", "[]", "true"}) {
    const auto read = op("signal", R"({"payload":1,"user":)" + std::string(user) + "}");
    EXPECT_TRUE(std::holds_alternative<request::unsupported>(read.op)) << user;
    EXPECT_EQ(read.defect->code, errc::bad_request) << user;
  }
  const auto read = op("search", R"({"text":"a","conversation":9})");
  EXPECT_FALSE(std::get<request::search>(read.op).conversation);
  EXPECT_EQ(read.defect->code, errc::bad_request);
  EXPECT_EQ(good<request::search>("search", R"({"text":"a","conversation":"x"})").conversation,
            conversation_id{});
}

}  // namespace
}  // namespace parley::testing
