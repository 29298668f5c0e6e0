#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tools/parley/experiment/csv.hpp"

// Tables, written and read again.

namespace parley::experiment {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class experiment_csv : public ::testing::Test {
protected:
  fs::path file_ = fs::path{::testing::TempDir()} / "experiment_table.csv";
  ~experiment_csv() override { fs::remove(file_); }
};

TEST_F(experiment_csv, comes_back_as_it_was_written) {
  {
    csv_file out;
    ASSERT_FALSE(out.open(file_, "a,b,c").has_error());
    out.row("1," + csv_cell("two, \"three\"\nfour") + ",");
    out.row("5,six,seven");
  }
  std::vector<std::vector<std::string>> rows;
  ASSERT_FALSE(read_csv(file_, {"b", "a"}, [&](const auto& cells) { rows.push_back(cells); }).has_error());
  EXPECT_THAT(rows, ElementsAre(ElementsAre("two, \"three\"\nfour", "1"), ElementsAre("six", "5")));
}

TEST_F(experiment_csv, leaves_out_a_last_row_that_is_cut_off) {
  std::ofstream{file_} << "a,b\n1,2\n3";
  int rows = 0;
  ASSERT_FALSE(read_csv(file_, {"a"}, [&](const auto&) { ++rows; }).has_error());
  EXPECT_EQ(rows, 1);
}

TEST_F(experiment_csv, says_which_column_is_missing) {
  std::ofstream{file_} << "a,b\n";
  const auto done = read_csv(file_, {"c"}, [](const auto&) {});
  ASSERT_TRUE(done.has_error());
  EXPECT_THAT(done.error().message, HasSubstr("has no column 'c'"));
}

}  // namespace
}  // namespace parley::experiment
