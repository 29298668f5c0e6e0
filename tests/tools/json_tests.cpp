#include "tools/parley/client/json.hpp"

#include <gtest/gtest.h>

namespace parley::client {
namespace {

TEST(JsonLine, ReadsBackAsWhatItWas) {
  const json::value value{{"text", "tab\t nul-free \x1b[31m \x7f \xc2\x9b \xc2\xa0 \xf0\x9f\x98\x80"},
                          {"seq", 7}};
  const auto read = parse_json(json_line(value));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, value);
}

TEST(JsonLine, HoldsNothingThatCommandsATerminal) {
  const auto line = json_line({{"text",
                                "\x1b]0;title\x07 \x7f \xc2\x9b"
                                "31m \xc2\x80\xc2\x9f"}});
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto byte = static_cast<unsigned char>(line[i]);
    EXPECT_TRUE(byte >= 0x20 && byte != 0x7f) << line;
    EXPECT_FALSE(byte == 0xc2 && static_cast<unsigned char>(line[i + 1]) < 0xa0) << line;
  }
  EXPECT_NE(line.find("\\u009b31m"), std::string::npos) << line;
}

TEST(JsonMembers, ReadAsNothingWhenTheyAreMissingOrOfAnotherType) {
  const auto value = *parse_json(R"({"text":7,"number":"7","flag":1,"below":-1,"half":1.5})");
  const auto& object = object_in(value);
  EXPECT_EQ(text_of(object, "text"), "");
  EXPECT_EQ(number_of(object, "number"), 0U);
  EXPECT_EQ(number_of(object, "below"), 0U);
  EXPECT_EQ(number_of(object, "half"), 0U);
  EXPECT_FALSE(flag_of(object, "flag"));
  EXPECT_TRUE(array_of(object, "absent").empty());
  EXPECT_TRUE(object_in(json::value{1}).empty());
  EXPECT_FALSE(parse_json("{").has_value());
}

}  // namespace
}  // namespace parley::client
