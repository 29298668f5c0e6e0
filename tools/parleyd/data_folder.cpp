#include "tools/parleyd/data_folder.hpp"

#include <unistd.h>

#include <fstream>
#include <system_error>

namespace parley {

namespace {

outcome<void> replace_file(const std::filesystem::path& file, std::string_view text) {
  auto temporary = file;
  temporary += ".new";
  std::ofstream out{temporary, std::ios::trunc};
  out << text << '\n';
  out.close();
  std::error_code problem;
  if (out) std::filesystem::rename(temporary, file, problem);
  if (!out || problem)
    return failure{errc::internal,
                   "cannot write " + file.string() + ": is the folder writable and the disk not full?",
                   {}};
  return {};
}

}  // namespace

outcome<data_folder> data_folder::open(const std::filesystem::path& path) {
  std::error_code problem;
  std::filesystem::create_directories(path, problem);
  if (problem)
    return failure{errc::internal,
                   "cannot make the data folder " + path.string() + ": " + problem.message() +
                       "; choose another with --node.data",
                   {}};
  return data_folder{std::filesystem::absolute(path)};
}

outcome<void> data_folder::announce(std::string_view address) const {
  if (const auto written = replace_file(path_ / "parleyd.pid", std::to_string(::getpid()));
      written.has_error())
    return written;
  return replace_file(path_ / "address", address);
}

void data_folder::withdraw() const {
  std::error_code ignored;
  std::filesystem::remove(path_ / "address", ignored);
  std::filesystem::remove(path_ / "parleyd.pid", ignored);
}

}  // namespace parley
