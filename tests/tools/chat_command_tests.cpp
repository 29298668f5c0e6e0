#include "tools/parley/chat/chat_command.hpp"

#include <gtest/gtest.h>

namespace parley::chat {
namespace {

using kind = chat_command::kind;

TEST(ChatCommand, TakesALineAsTextUnlessItBeginsWithASlash) {
  EXPECT_EQ(read_command("hello /list").what, kind::text);
  EXPECT_EQ(read_command("  indented").argument, "  indented");
  EXPECT_EQ(read_command("//etc/hosts").what, kind::text);
  EXPECT_EQ(read_command("//etc/hosts").argument, "/etc/hosts");
  EXPECT_EQ(read_command(" \r").what, kind::nothing);
}

TEST(ChatCommand, KnowsItsCommands) {
  EXPECT_EQ(read_command("/list").what, kind::list);
  EXPECT_EQ(read_command("/more ").what, kind::more);
  EXPECT_EQ(read_command("/who").what, kind::who);
  EXPECT_EQ(read_command("/help").what, kind::help);
  EXPECT_EQ(read_command("/quit").what, kind::quit);
  EXPECT_EQ(read_command("/open 3").argument, "3");
  EXPECT_EQ(read_command("/with  Bob ").argument, "Bob");
}

TEST(ChatCommand, ReadsAGroupWithSpacesInItsName) {
  const auto plain = read_command("/group Friends bob,carol");
  EXPECT_EQ(plain.what, kind::group);
  EXPECT_EQ(plain.argument, "Friends");
  EXPECT_EQ(plain.members, (std::vector<std::string>{"bob", "carol"}));
  EXPECT_EQ(read_command("/group \"Old friends\" bob").argument, "Old friends");
  EXPECT_EQ(read_command("/group Old friends bob").argument, "Old friends");
}

TEST(ChatCommand, SaysWhatIsWrongInsteadOfSendingIt) {
  for (const auto* line : {"/", "/lst", "/open", "/with", "/group", "/group Friends", "/quti now"}) {
    const auto read = read_command(line);
    EXPECT_EQ(read.what, kind::mistake) << line;
    EXPECT_NE(read.argument.find('/'), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace parley::chat
