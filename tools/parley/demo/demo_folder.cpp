#include "tools/parley/demo/demo_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <utility>

namespace parley::demo {

using client::outcome;
using client::problem;
using client::trouble;
namespace fs = std::filesystem;

outcome<demo_folder> demo_folder::open(const std::string& kept) {
  // A PostgreSQL that is started by root is the user postgres, who has to get in.
  constexpr mode_t passable = 0755;
  if (kept.empty()) {
    const char* temporary = std::getenv("TMPDIR");
    auto made =
        fmt::format("{}/parley-demo-XXXXXX", temporary != nullptr && *temporary != '\0' ? temporary : "/tmp");
    if (::mkdtemp(made.data()) == nullptr)
      return problem{trouble::failed,
                     fmt::format("cannot make the folder {}: {}", made, std::strerror(errno))};
    ::chmod(made.c_str(), passable);
    return demo_folder{made, false};
  }
  std::error_code failed;
  if (fs::create_directories(kept, failed)) ::chmod(kept.c_str(), passable);
  const auto path = fs::canonical(kept, failed);
  if (failed)
    return problem{trouble::usage, fmt::format("cannot use the folder {}: {}", kept, failed.message())};
  demo_folder folder{path, true};
  folder.lock_ = ::open((path / "demo.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (folder.lock_ < 0)
    return problem{trouble::usage,
                   fmt::format("cannot write to the folder {}: {}", path.string(), std::strerror(errno))};
  if (::flock(folder.lock_, LOCK_EX | LOCK_NB) != 0)
    return problem{trouble::failed,
                   fmt::format("another demo runs in {}: end it, or choose another folder", path.string())};
  return folder;
}

demo_folder::demo_folder(demo_folder&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      is_kept_(other.is_kept_),
      lock_(std::exchange(other.lock_, -1)) {}

void demo_folder::remove() {
  std::error_code ignored;
  if (!is_kept_ && !path_.empty()) fs::remove_all(path_, ignored);
}

demo_folder::~demo_folder() {
  remove();
  if (lock_ >= 0) ::close(lock_);
}

outcome<std::string> demo_folder::password() const {
  const auto file = path_ / "password";
  std::string known;
  if (std::ifstream in{file}; std::getline(in, known) && !known.empty()) return known;
  std::random_device chance;
  auto drawn = fmt::format("demo-{:08x}", chance());
  std::ofstream out{file};
  ::chmod(file.c_str(), 0600);
  if (!(out << drawn << '\n') || !out.flush())
    return problem{trouble::failed, fmt::format("cannot write {}: {}", file.string(), std::strerror(errno))};
  return drawn;
}

}  // namespace parley::demo
