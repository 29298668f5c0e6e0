#include "tools/parley/view/line_editor.hpp"

#include <gtest/gtest.h>

#include "tools/parley/view/safe_text.hpp"

namespace parley::view {
namespace {

using kind = key_event::kind;

std::vector<std::string> lines_of(const std::vector<key_event>& events) {
  std::vector<std::string> lines;
  for (const auto& each : events)
    if (each.what == kind::line) lines.push_back(each.text);
  return lines;
}

TEST(LineEditor, HandsOutALineAtEnter) {
  line_editor editor;
  EXPECT_TRUE(editor.feed("hel").empty());
  EXPECT_EQ(lines_of(editor.feed("lo\rnext\r")), (std::vector<std::string>{"hello", "next"}));
  EXPECT_EQ(editor.text(), "");
}

TEST(LineEditor, EditsInTheMiddle) {
  line_editor editor;
  editor.feed(
      "helo\x1b[D"
      "l");
  EXPECT_EQ(editor.text(), "hello");
  editor.feed("\x01>\x05<");
  EXPECT_EQ(editor.text(), ">hello<");
  editor.feed("\x1b[H\x1b[3~\x1b[F\x7f");
  EXPECT_EQ(editor.text(), "hello");
  editor.feed(" big world\x17\x17");
  EXPECT_EQ(editor.text(), "hello ");
  editor.feed("\x15");
  EXPECT_EQ(editor.text(), "");
}

TEST(LineEditor, TakesLettersOfSeveralBytesAsOne) {
  line_editor editor;
  editor.feed("gr\xc3");
  editor.feed("\xbc\xf0\x9f");
  editor.feed("\x98\x80");
  EXPECT_EQ(editor.text(), "grü😀");
  editor.feed("\x7f");
  EXPECT_EQ(editor.text(), "grü");
  editor.feed("\x1b[D\x1b[3~");
  EXPECT_EQ(editor.text(), "gr");
  editor.feed("\xff");
  EXPECT_EQ(editor.text(), "gr");
}

TEST(LineEditor, WaitsForTheRestOfAKey) {
  line_editor editor;
  editor.feed("ab\x1b");
  editor.feed("[");
  editor.feed("D");
  editor.feed("x");
  EXPECT_EQ(editor.text(), "axb");
}

TEST(LineEditor, PastesSeveralLinesAsOneText) {
  line_editor editor;
  EXPECT_TRUE(editor.feed("\x1b[200~one\rtwo\x03\x1b[201~").empty());
  EXPECT_EQ(lines_of(editor.feed("\r")), std::vector<std::string>{"one\ntwo"});
}

TEST(LineEditor, FindsEarlierLinesAndComesBackToTheOneBeingWritten) {
  line_editor editor;
  editor.feed("one\rtwo\rthr");
  editor.feed("\x1b[A");
  EXPECT_EQ(editor.text(), "two");
  editor.feed("\x1b[A\x1b[A");
  EXPECT_EQ(editor.text(), "one");
  editor.feed("\x1b[B\x1b[B\x1b[B");
  EXPECT_EQ(editor.text(), "thr");
}

TEST(LineEditor, TellsWhatIsNoText) {
  line_editor editor;
  const auto events = editor.feed("\x03\x04\x1a\x0c");
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0].what, kind::interrupt);
  EXPECT_EQ(events[1].what, kind::end);
  EXPECT_EQ(events[2].what, kind::suspend);
  EXPECT_EQ(events[3].what, kind::clear);
  EXPECT_TRUE(editor.feed("x\x01\x04").empty()) << "Ctrl-D in a text deletes";
  EXPECT_EQ(editor.text(), "");
}

TEST(LineEditor, NeverDrawsWiderThanItsRow) {
  line_editor editor;
  for (int i = 0; i < 60; ++i) {
    editor.feed("x日");
    const auto row = editor.render(20);
    EXPECT_LE(columns_of(row.text), 20);
    EXPECT_LT(row.cursor, 20);
  }
  editor.feed("\x01");
  EXPECT_EQ(editor.render(20).cursor, 0);
  EXPECT_EQ(editor.render(20).text.substr(0, 4), "x日");
}

TEST(LineEditor, DrawsALineEndAsASign) {
  line_editor editor;
  editor.feed("\x1b[200~a\nb\x1b[201~");
  EXPECT_EQ(editor.render(20).text, "a↵b");
}

TEST(LineEditor, IsBounded) {
  line_editor editor;
  editor.feed(std::string(line_editor::text_bytes_max + 100, 'x'));
  EXPECT_EQ(editor.text().size(), line_editor::text_bytes_max);
}

}  // namespace
}  // namespace parley::view
