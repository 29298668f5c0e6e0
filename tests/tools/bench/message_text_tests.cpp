#include "tools/parley/bench/message_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace parley::bench {
namespace {

TEST(MessageText, HasTheLengthAskedForAndNeedsNoEscapes) {
  for (const std::size_t bytes : {1U, 9U, 10U, 100U, 5'000U}) {
    message_text texts{bytes};
    const auto text = texts.of(123'456);
    EXPECT_EQ(text.size(), bytes);
    EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char each) {
      return each >= ' ' && each < 127 && each != '"' && each != '\\';
    }));
  }
}

TEST(MessageText, TellsNumbersApart) {
  message_text texts{100};
  const std::string text{texts.of(4'711)};
  EXPECT_TRUE(texts.is(4'711, text));
  EXPECT_FALSE(texts.is(4'712, text));
  EXPECT_FALSE(texts.is(4'711, text.substr(1)));
  EXPECT_FALSE(texts.is(4'711, text + "."));
}

TEST(MessageKey, IsReadAsTheNumberThatItWasWrittenFrom) {
  for (const std::uint64_t number : {1ULL, 42ULL, 1'234'567'890ULL}) {
    std::string key;
    EXPECT_EQ(number_in_key(write_key(number, key)), number);
  }
}

TEST(MessageKey, IsNoneWhenAnythingElseIsInIt) {
  for (const std::string key : {"", "m", "7", "n7", "m7x", "m-7", "m 7", "m99999999999999999999999"})
    EXPECT_EQ(number_in_key(key), 0U) << key;
}

}  // namespace
}  // namespace parley::bench
