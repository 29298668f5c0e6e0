#include "actors/contract/values/error_id.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley {

namespace {

std::vector<log_event> lines;

/// Keeps the lines of the log while it lives.
class ErrorId : public testing::Test {
protected:
  ErrorId() {
    lines.clear();
    log_lines_go_to.store([](const log_event& line) { lines.push_back(line); });
  }
  ~ErrorId() override { log_lines_go_to.store(nullptr); }
};

}  // namespace

TEST_F(ErrorId, OfAnInternalErrorIsInTheAnswerAndInTheLog) {
  const auto told = with_error_id({errc::internal, "this could not be stored", {}}, {{"session", "17"}});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].name, "internal_error");
  EXPECT_EQ(lines[0].level, severity::error);
  ASSERT_EQ(lines[0].fields.size(), 2U);
  EXPECT_EQ(lines[0].fields[0].name, "error_id");
  EXPECT_EQ(told.message, "this could not be stored (error " + lines[0].fields[0].value + ")");
  EXPECT_EQ(lines[0].fields[1].value, "17");
}

TEST_F(ErrorId, IsAnotherEachTime) {
  const auto one = with_error_id({errc::internal, "", {}}, {});
  const auto other = with_error_id({errc::internal, "", {}}, {});
  EXPECT_NE(one.message, other.message);
  EXPECT_THAT(one.message, testing::MatchesRegex(" \\(error [0-9a-f]{8}-[0-9]+\\)"));
}

TEST_F(ErrorId, IsNotForWhatIsTheClientsOwnMistake) {
  const failure mistake{errc::bad_request, "seq must be a number", {}};
  EXPECT_EQ(with_error_id(mistake, {}), mistake);
  EXPECT_TRUE(lines.empty());
}

}  // namespace parley
