#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "persistence/folder_lock.hpp"
#include "tests/persistence/support/database.hpp"

namespace parley::testing {

TEST(FolderLock, IsHeldByOneAndNamesWho) {
  const temporary_folder folder;
  auto first = folder_lock::take(folder.path());
  ASSERT_TRUE(first.has_value());
  const auto second = folder_lock::take(folder.path());
  ASSERT_TRUE(second.has_error());
  EXPECT_NE(second.error().message.find("process " + std::to_string(::getpid())), std::string::npos)
      << second.error().message;
}

TEST(FolderLock, IsFreeAgainWhenItsHolderIsGone) {
  const temporary_folder folder;
  { ASSERT_TRUE(folder_lock::take(folder.path()).has_value()); }
  EXPECT_TRUE(folder_lock::take(folder.path()).has_value());
}

TEST(FolderLock, SaysWhatToDoAboutAFolderThatCannotBeWritten) {
  const auto taken = folder_lock::take("/proc/none");
  ASSERT_TRUE(taken.has_error());
  EXPECT_NE(taken.error().message.find("writable"), std::string::npos);
}

}  // namespace parley::testing
