#include "transport/polling/ops_call.hpp"

#include <gmock/gmock.h>

#include "tests/transport/support/text_frame.hpp"

namespace parley::testing {
namespace {

using ::testing::HasSubstr;

std::string ids(const outcome<ops_body>& read) {
  if (read.has_error()) return std::string(to_text(read.error().code));
  std::string text = read.value().is_array ? "array" : "one";
  for (const auto& each : read.value().requests) text += " " + std::to_string(each.id);
  return text;
}

TEST(OpsBody, IsOneFrameOrAnArrayOfThem) {
  const limits rules;
  EXPECT_EQ(ids(read_ops(R"( {"id":7,"op":"ping"} )", rules)), "one 7");
  EXPECT_EQ(ids(read_ops(R"([{"id":3,"op":"ping"} , {"id":1,"op":"ping"},{"id":2,"op":"ping"}])", rules)),
            "array 3 1 2");
  EXPECT_EQ(ids(read_ops(" [ ] ", rules)), "array");
}

TEST(OpsBody, FindsTheEndsOfFramesBehindStringsAndBrackets) {
  const limits rules;
  const auto read = read_ops(
      R"([{"id":1,"op":"find_users","d":{"prefix":"],[\"}\\"}},{"id":2,"op":"sync","d":{"have":{"1":[]}}}])",
      rules);
  ASSERT_EQ(ids(read), "array 1 2");
  EXPECT_EQ(std::get<request::find_users>(read.value().requests[0].op).prefix, R"(],["}\)");
  EXPECT_TRUE(read.value().requests[1].defect);
}

TEST(OpsBody, IsAllRefusedWhenAFrameCannotBeAnswered) {
  const limits rules;
  for (const auto* body :
       {"", "[", "[,]", "7", "[7]", R"([{"id":1,"op":"ping"})", R"([{"id":1,"op":"ping"}] x)",
        R"([{"id":1,"op":"ping"},])", R"([{"id":1,"op":"ping"},{"op":"ping"}])",
        R"([{"id":1,"op":"ping"}{"id":2,"op":"ping"}])", R"([[{"id":1,"op":"ping"}]])",
        "{\"id\":1,\"op\":\"\xFF\"}"})
    EXPECT_EQ(ids(read_ops(body, rules)), "bad_request") << body;
}

TEST(OpsBody, HoldsNoMoreThanMayBeUnansweredAtOnce) {
  limits rules;
  rules.unanswered_requests = 2;
  EXPECT_EQ(ids(read_ops(R"([{"id":1,"op":"ping"},{"id":2,"op":"ping"}])", rules)), "array 1 2");
  EXPECT_EQ(ids(read_ops(R"([{"id":1,"op":"ping"},{"id":2,"op":"ping"},{"id":3,"op":"ping"}])", rules)),
            "too_large");
}

TEST(OpsCall, AnswersInTheOrderAskedWithTheClientsNumbers) {
  ops_call call;
  call.is_array = true;
  call.slots = {{70, text_frame(R"({"id":1,"ok":true,"d":{}})")}, {71, nullptr}};
  EXPECT_THAT(call.body(),
              HasSubstr(R"([{"id":70,"ok":true,"d":{}},{"id":71,"ok":false,"error":{"code":"unavailable")"));
  EXPECT_EQ(call.body().back(), ']');
}

TEST(OpsCall, KnowsWhichRequestAReplyAnswers) {
  EXPECT_EQ(id_of_reply(R"({"id":12,"ok":true,"d":{}})"), 12);
  EXPECT_FALSE(id_of_reply(R"({"ev":"hello"})"));
  EXPECT_FALSE(id_of_reply(R"({"id":12)"));
}

}  // namespace
}  // namespace parley::testing
