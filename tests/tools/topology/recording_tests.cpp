#include "tools/parley/topology/recording.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/tools/topology/sample.hpp"
#include "tools/parley/topology/moment.hpp"
#include "tools/parley/topology/recorded_lines.hpp"
#include "tools/parley/topology/sources.hpp"
#include "tools/parley/topology/whole_file.hpp"

// Recordings: real files, cut off at every byte, damaged at every byte, rotated, appended to.

namespace parley::topology {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class recording_test : public ::testing::Test {
protected:
  recording_test() {
    auto pattern = (fs::temp_directory_path() / "parley-recording-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    file_ = folder_ / "run.rec";
  }
  ~recording_test() override { fs::remove_all(folder_); }

  static frame at(std::int64_t when, frame_kind kind, const std::string& text) {
    return {kind, when, text + "\n"};
  }
  static frame snapshot_at(std::int64_t when) {
    const json::object line{
        {"n", 1}, {"at", moment_text(when)}, {"what", "snapshot"}, {"snapshot", sample_value()}};
    return at(when, frame_kind::snapshot, client::json_line(line));
  }
  static frame changes_at(std::int64_t when) {
    return at(when, frame_kind::changes,
              client::json_line(json::object{{"n", when}, {"at", moment_text(when)}, {"what", "rates"}}));
  }

  void write(const std::vector<frame>& frames, recording_limits limits = {}) const {
    auto to = recording_writer::open(file_, limits);
    ASSERT_FALSE(to.has_error()) << to.error().message;
    for (const auto& each : frames) ASSERT_FALSE(to->add(each).has_error());
  }
  static void put(const fs::path& file, std::string_view bytes) {
    std::ofstream{file, std::ios::binary}.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  struct reading {
    std::vector<frame> frames;
    std::string torn;
    std::string problem;
  };
  [[nodiscard]] reading read() const {
    reading out;
    auto from = recording_reader::open(file_);
    if (from.has_error()) return {{}, "", from.error().message};
    for (;;) {
      auto next = from->next();
      if (next.has_error()) {
        out.problem = next.error().message;
        break;
      }
      if (!*next) break;
      out.frames.push_back(std::move(**next));
    }
    out.torn = from->torn_end();
    return out;
  }

  fs::path folder_;
  fs::path file_;
};

TEST_F(recording_test, WhatIsWrittenIsReadAgain) {
  write({snapshot_at(1'000), changes_at(1'500), changes_at(2'000), snapshot_at(11'000)});
  const auto found = read();
  EXPECT_EQ(found.problem + found.torn, "");
  ASSERT_EQ(found.frames.size(), 4);
  EXPECT_EQ(found.frames[0].text, snapshot_at(1'000).text);
  EXPECT_EQ(found.frames[0].kind, frame_kind::snapshot);
  EXPECT_EQ(found.frames[2].at, 2'000);
  EXPECT_LT(fs::file_size(file_), 2 * sample_text().size() / 3);
}

TEST_F(recording_test, ATornEndIsCutOffAtEveryByte) {
  write({changes_at(1'000), changes_at(2'000), changes_at(3'000)});
  const auto whole = *whole_file(file_);
  const auto first =
      recording_header_bytes + next_frame(std::string_view{whole}.substr(recording_header_bytes)).bytes;
  const auto second = first + next_frame(std::string_view{whole}.substr(first)).bytes;
  for (std::size_t length = 1; length < whole.size(); ++length) {
    put(file_, std::string_view{whole}.substr(0, length));
    const auto found = read();
    EXPECT_EQ(found.problem, "") << length;
    const auto expected = length < first ? 0U : length < second ? 1U : 2U;
    EXPECT_EQ(found.frames.size(), expected) << length;
    const bool is_at_a_seam = length == recording_header_bytes || length == first || length == second;
    EXPECT_EQ(found.torn.empty(), is_at_a_seam) << length << ": " << found.torn;
    // And it is gone when somebody goes on recording.
    auto again = recording_writer::open(file_, {});
    ASSERT_FALSE(again.has_error()) << length;
    EXPECT_EQ(again->cut_off() == 0, is_at_a_seam) << length;
    ASSERT_FALSE(again->add(changes_at(9'000)).has_error());
    const auto after = read();
    EXPECT_EQ(after.frames.size(), expected + 1) << length;
    EXPECT_EQ(after.torn + after.problem, "") << length;
  }
}

TEST_F(recording_test, DamageAtAnyByteIsSeen) {
  write({changes_at(1'000), changes_at(2'000), changes_at(3'000)});
  const auto whole = *whole_file(file_);
  for (std::size_t place = 0; place < whole.size(); ++place) {
    auto damaged = whole;
    damaged[place] = static_cast<char>(damaged[place] ^ 0x55);
    put(file_, damaged);
    const auto found = read();
    EXPECT_TRUE(!found.problem.empty() || !found.torn.empty()) << place;
    for (const auto& each : found.frames) EXPECT_EQ(each.text, changes_at(each.at).text) << place;
    if (!found.problem.empty()) {
      EXPECT_THAT(found.problem, HasSubstr("byte ")) << place;
    }
    const auto size = fs::file_size(file_);
    const auto writer = recording_writer::open(file_, {});
    if (writer.has_error()) {
      EXPECT_EQ(fs::file_size(file_), size) << "a damaged file was changed, at " << place;
    }
  }
}

TEST_F(recording_test, AFileOfSomethingElseStaysAsItIs) {
  put(file_, "{\"schema\":\"parley.topology/1\"}");
  const auto writer = recording_writer::open(file_, {});
  ASSERT_TRUE(writer.has_error());
  EXPECT_THAT(writer.error().message, HasSubstr("is no recording of parley topology"));
  EXPECT_EQ(*whole_file(file_), "{\"schema\":\"parley.topology/1\"}");
  EXPECT_THAT(read().problem, HasSubstr("byte 0"));
  put(file_, std::string{recording_magic} + std::string{"\2\0\0\0", 4});
  EXPECT_THAT(read().problem, HasSubstr("another version"));
}

TEST_F(recording_test, AnEndOfZerosIsATornOne) {
  write({changes_at(1'000)});
  put(file_, *whole_file(file_) + std::string(500, '\0'));
  const auto found = read();
  EXPECT_EQ(found.frames.size(), 1);
  EXPECT_THAT(found.torn, HasSubstr("the last 500 bytes"));
}

TEST_F(recording_test, FilesRotateAtASnapshotAndAreReadInOrder) {
  const recording_limits small{1, 3};
  std::vector<frame> frames;
  for (std::int64_t i = 1; i <= 5; ++i) {
    frames.push_back(snapshot_at(i * 1'000));
    frames.push_back(changes_at(i * 1'000 + 500));
  }
  write(frames, small);
  EXPECT_TRUE(fs::exists(file_.string() + ".2"));
  EXPECT_FALSE(fs::exists(file_.string() + ".3"));
  const auto found = read();
  EXPECT_EQ(found.problem, "");
  ASSERT_EQ(found.frames.size(), 6);  // the oldest two files are gone
  EXPECT_EQ(found.frames.front().at, 3'000);
  EXPECT_EQ(found.frames.back().at, 5'500);
}

TEST_F(recording_test, OneProcessWritesAtATime) {
  const auto first = recording_writer::open(file_, {});
  ASSERT_FALSE(first.has_error());
  const auto second = recording_writer::open(file_, {});
  ASSERT_TRUE(second.has_error());
  EXPECT_THAT(second.error().message, HasSubstr("another process records"));
}

TEST_F(recording_test, AWriterThatIsKilledLeavesWhatItHadAdded) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto to = recording_writer::open(file_, {});
    for (std::int64_t i = 1; !to.has_error() && i <= 20; ++i)
      if (to->add(changes_at(i * 1'000)).has_error()) ::_exit(1);
    const char done = 'x';
    if (::write(ready[1], &done, 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  ::close(ready[1]);
  char done = 0;
  EXPECT_EQ(::read(ready[0], &done, 1), 1);
  ::close(ready[0]);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(read().frames.size(), 20);
}

TEST_F(recording_test, AMomentIsTheSnapshotBeforeItAndWhatFollowed) {
  const auto started = [](std::int64_t when, const std::string& id) {
    return at(when, frame_kind::changes,
              client::json_line(json::object{
                  {"n", when},
                  {"at", moment_text(when)},
                  {"what", "actor_started"},
                  {"node", "node-1"},
                  {"actor", json::object{{"id", id}, {"kind", "session"}, {"entity", "session:x"}}}}));
  };
  write({snapshot_at(1'000), started(2'000, "node-1/50"), started(4'000, "node-1/51"), snapshot_at(5'000),
         started(6'000, "node-1/52")});
  const auto count = [this](const std::string& moment) {
    return snapshot_in(file_, moment).value().actors.size();
  };
  EXPECT_EQ(count("+0s"), 9);
  EXPECT_EQ(count("+1.5s"), 10);
  EXPECT_EQ(count("1970-01-01T00:00:04Z"), 11);
  EXPECT_EQ(count("+4.5s"), 9);
  EXPECT_EQ(count("-0s"), 10);
  EXPECT_EQ(count(""), 10);
  EXPECT_THAT(snapshot_in(file_, "yesterday").error().message, HasSubstr("is no time"));
  EXPECT_THAT(snapshot_in(file_, "+60s").error().message, HasSubstr("outside of the recording"));
  EXPECT_THAT(snapshot_in(file_, "+1.2.3s").error().message, HasSubstr("is no time"));
}

TEST_F(recording_test, ABadSnapshotFileIsNamedWithItsOffset) {
  put(file_, sample_text().substr(0, 1'000));
  EXPECT_THAT(snapshot_in(file_).error().message, HasSubstr("at byte"));
  put(file_, "{\"schema\": oops}");
  EXPECT_THAT(snapshot_in(file_).error().message, HasSubstr("at byte 11"));
  put(file_, sample_text() + "{}");
  EXPECT_THAT(snapshot_in(file_).error().message, HasSubstr("more follows"));
  EXPECT_THAT(snapshot_in(folder_ / "none").error().message, HasSubstr("there is no file"));
  put(file_, sample_text());
  EXPECT_EQ(snapshot_in(file_).value().actors.size(), 9);
  EXPECT_EQ(snapshot_in(file_, "+1s").error().kind, client::trouble::usage);
}

}  // namespace
}  // namespace parley::topology
