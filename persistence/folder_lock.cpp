#include "persistence/folder_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace parley {

folder_lock::~folder_lock() {
  if (file_ >= 0) ::close(file_);
}

outcome<folder_lock> folder_lock::take(const std::filesystem::path& folder) {
  const auto cannot = [](std::string why) { return failure{errc::internal, std::move(why), {}}; };
  const auto path = folder / "lock";
  folder_lock lock;
  lock.file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock.file_ < 0) return cannot("cannot write " + path.string() + ": is the data folder writable?");
  if (::flock(lock.file_, LOCK_EX | LOCK_NB) != 0) {
    std::string holder;
    std::getline(std::ifstream{path}, holder);
    return cannot("the data folder " + folder.string() + " is in use by another parleyd (process " + holder +
                  "); stop it, or give this one another folder with --node.data");
  }
  const auto own = std::to_string(::getpid()) + '\n';
  if (::ftruncate(lock.file_, 0) != 0 ||
      ::write(lock.file_, own.data(), own.size()) != static_cast<ssize_t>(own.size()))
    return cannot("cannot write " + path.string() + ": is the disk full?");
  return lock;
}

}  // namespace parley
