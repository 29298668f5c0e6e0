#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tools/parley/client/problem.hpp"
#include "tools/parley/topology/frames.hpp"

namespace parley::topology {

/// How a recording grows.
struct recording_limits {
  std::uint64_t rotate_bytes = 256UL << 20U;  // a file that is longer is put aside; 0: never
  unsigned files = 10;                        // with the one that is written; the oldest goes
};

/// Writes a recording: FILE, and FILE.1 (the one before), FILE.2 … Each of them begins with a snapshot. One
/// process at a time writes to it. What `add` has accepted outlives the end of the process.
class recording_writer {
public:
  /// Opens or makes it. An old end that is torn is cut off; a file that is no recording stays as it is.
  static client::outcome<recording_writer> open(const std::filesystem::path& file, recording_limits limits);
  recording_writer(recording_writer&& other) noexcept;
  recording_writer& operator=(recording_writer&&) = delete;
  ~recording_writer();

  /// What was cut off when it was opened; 0: nothing.
  [[nodiscard]] std::uint64_t cut_off() const { return cut_off_; }
  /// Whether it is time for another file: then the next frame must be a snapshot.
  [[nodiscard]] bool is_full() const;
  /// A snapshot comes into another file when this one is full. On a problem (no space left) nothing of the
  /// frame stays in the file.
  client::outcome<void> add(const frame& what);
  [[nodiscard]] std::uint64_t written_bytes() const { return written_bytes_; }

private:
  recording_writer(std::filesystem::path file, recording_limits limits, int descriptor, std::uint64_t size);
  client::outcome<void> rotate();

  std::filesystem::path file_;
  recording_limits limits_;
  int descriptor_;
  std::uint64_t size_;
  std::uint64_t cut_off_ = 0;
  std::uint64_t written_bytes_ = 0;
};

/// Reads a recording, all of its files, the oldest first.
class recording_reader {
public:
  /// FILE, and before it FILE.1, FILE.2 … as far as they are there.
  static client::outcome<recording_reader> open(const std::filesystem::path& file);

  /// The next frame; nothing at the end. A damaged frame is a problem that names file and offset.
  client::outcome<std::optional<frame>> next();
  /// Skips to the last snapshot at or before the moment; to the first one when there is none.
  client::outcome<void> seek(std::int64_t moment);
  /// What was found at the end: a record that was cut off. Empty: nothing.
  [[nodiscard]] const std::string& torn_end() const { return torn_end_; }

private:
  struct part {
    std::filesystem::path path;
    std::string bytes;
  };
  struct place {
    std::size_t part = 0;
    std::size_t offset = recording_header_bytes;
  };
  client::outcome<void> load(std::size_t part);
  /// The whole frame at `here_`, or the empty text at the end.
  client::outcome<std::string_view> look();

  std::vector<std::filesystem::path> files_;
  part loaded_;  // the file that `here_` is in
  place here_;
  std::string torn_end_;
};

/// Whether a file begins like a recording.
bool is_recording(const std::filesystem::path& file);

}  // namespace parley::topology
