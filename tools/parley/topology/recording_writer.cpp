#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "tools/parley/topology/recording.hpp"
#include "tools/parley/topology/whole_file.hpp"

namespace parley::topology {

using client::outcome;
using client::problem;
using client::trouble;
namespace fs = std::filesystem;

namespace {

problem file_trouble(const fs::path& file, std::string_view what) {
  return {trouble::failed,
          fmt::format("{}: {}: {}", file.string(), what, std::system_category().message(errno))};
}

/// All of it, or what went wrong.
bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto done = ::write(descriptor, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

fs::path numbered(const fs::path& file, unsigned number) {
  return fs::path{file.string() + "." + std::to_string(number)};
}

/// How much of an old recording is sound; a problem when it is none, or damaged before its end.
outcome<std::uint64_t> sound_bytes(const fs::path& file) {
  const auto all = whole_file(file);
  if (all.has_error()) return all.error();
  if (const auto bad = foreign(file, *all)) return *bad;
  std::size_t offset = std::min(recording_header_bytes, all->size());
  if (offset < recording_header_bytes) return 0;
  for (;;) {
    const auto next = next_frame(std::string_view{*all}.substr(offset));
    if (next.how == frame_place::state::broken)
      return problem{
          trouble::failed,
          fmt::format("{} is damaged at byte {}: {}; nothing is added to it, record to another file",
                      file.string(), offset, next.why)};
    if (next.how != frame_place::state::whole) return offset;
    offset += next.bytes;
  }
}

}  // namespace

recording_writer::recording_writer(fs::path file, recording_limits limits, int descriptor, std::uint64_t size)
    : file_(std::move(file)), limits_(limits), descriptor_(descriptor), size_(size) {}

recording_writer::recording_writer(recording_writer&& other) noexcept
    : file_(std::move(other.file_)),
      limits_(other.limits_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      cut_off_(other.cut_off_),
      written_bytes_(other.written_bytes_) {}

recording_writer::~recording_writer() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

outcome<recording_writer> recording_writer::open(const fs::path& file, recording_limits limits) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor < 0) return file_trouble(file, "cannot be written");
  recording_writer made{file, limits, descriptor, 0};
  struct stat about {};
  if (::fstat(descriptor, &about) != 0) return file_trouble(file, "cannot be looked at");
  if (!S_ISREG(about.st_mode)) return problem{trouble::failed, fmt::format("{} is no file", file.string())};
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
    return problem{trouble::failed,
                   fmt::format("another process records to {}: name another file", file.string())};
  if (about.st_size > 0) {
    const auto sound = sound_bytes(file);
    if (sound.has_error()) return sound.error();
    made.size_ = *sound;
    made.cut_off_ = static_cast<std::uint64_t>(about.st_size) - *sound;
    if (made.cut_off_ != 0 && ::ftruncate(descriptor, static_cast<off_t>(*sound)) != 0)
      return file_trouble(file, "its torn end cannot be cut off");
  }
  if (made.size_ == 0) {
    if (!write_all(descriptor, recording_header())) return file_trouble(file, "cannot be written");
    made.size_ = recording_header_bytes;
  }
  return made;
}

bool recording_writer::is_full() const { return limits_.rotate_bytes != 0 && size_ >= limits_.rotate_bytes; }

outcome<void> recording_writer::add(const frame& what) {
  const auto bytes = packed(what);
  if (bytes.has_error()) return bytes.error();
  if (what.kind == frame_kind::snapshot && is_full())
    if (auto done = rotate(); done.has_error()) return done;
  if (!write_all(descriptor_, *bytes)) {
    const auto why = file_trouble(file_, "cannot be written");
    // Half a frame in the middle would hide all that follows.
    if (::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0)
      return file_trouble(file_, "cannot be repaired");
    return why;
  }
  size_ += bytes->size();
  written_bytes_ += bytes->size();
  // A snapshot makes what came before it safe from a loss of power too; each frame would cost a flush.
  if (what.kind == frame_kind::snapshot) ::fdatasync(descriptor_);
  return {};
}

outcome<void> recording_writer::rotate() {
  std::error_code failed;
  const auto oldest = limits_.files < 2 ? 0 : limits_.files - 1;
  if (oldest == 0) {
    fs::remove(file_, failed);
  } else {
    fs::remove(numbered(file_, oldest), failed);
    for (auto number = oldest; number > 1 && !failed; --number)
      if (fs::exists(numbered(file_, number - 1)))
        fs::rename(numbered(file_, number - 1), numbered(file_, number), failed);
    // Never onto one that could not be moved.
    if (!failed) fs::rename(file_, numbered(file_, 1), failed);
    if (failed)
      return problem{trouble::failed,
                     fmt::format("{} cannot be put aside: {}", file_.string(), failed.message())};
  }
  auto next = open(file_, limits_);
  if (next.has_error()) return next.error();
  ::close(descriptor_);
  descriptor_ = std::exchange(next->descriptor_, -1);
  size_ = next->size_;
  return {};
}

}  // namespace parley::topology
