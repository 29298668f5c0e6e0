#include "tools/parley/client/token_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "tools/parley/client/json.hpp"

namespace parley::client {

namespace {

/// FNV-1a: a file name of fixed length; the file itself says whose token it is.
std::uint64_t digest(const std::string& text) {
  std::uint64_t value = 14'695'981'039'346'656'037ULL;
  for (const char each : text) value = (value ^ static_cast<unsigned char>(each)) * 1'099'511'628'211ULL;
  return value;
}

problem cannot_keep(const std::filesystem::path& file) {
  return {trouble::failed, fmt::format("cannot keep the token in {}: {}; XDG_STATE_HOME names another folder",
                                       file.string(), std::strerror(errno))};
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::filesystem::path token_folder(const environment_lookup& environment) {
  const auto state = environment("XDG_STATE_HOME");
  // The specification of these folders: a relative path is to be ignored.
  if (state && state->starts_with('/')) return std::filesystem::path{*state} / "parley";
  const auto home = environment("HOME");
  if (!home || home->empty()) return {};
  return std::filesystem::path{*home} / ".local" / "state" / "parley";
}

std::filesystem::path token_store::file_for(const endpoint& node, const std::string& user) const {
  return folder_ / fmt::format("token-{:016x}.json", digest(node.url() + '\n' + user));
}

std::optional<signed_in_user> token_store::load(const endpoint& node, const std::string& user) const {
  if (folder_.empty()) return std::nullopt;
  const auto file = file_for(node, user);
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0 || found.st_uid != ::geteuid() || (found.st_mode & 077U) != 0)
    return std::nullopt;
  std::ifstream in{file};
  std::stringstream text;
  text << in.rdbuf();
  const auto value = parse_json(text.str());
  if (!value) return std::nullopt;
  const auto& object = object_in(*value);
  if (text_of(object, "url") != node.url() || text_of(object, "user") != user) return std::nullopt;
  signed_in_user who{text_of(object, "id"), user, text_of(object, "token")};
  return who.id.empty() || who.token.empty() ? std::nullopt : std::optional{std::move(who)};
}

outcome<void> token_store::save(const endpoint& node, const std::string& user,
                                const signed_in_user& who) const {
  if (folder_.empty()) return {};
  std::error_code ignored;
  const auto is_new = std::filesystem::create_directories(folder_, ignored);
  if (is_new) std::filesystem::permissions(folder_, std::filesystem::perms::owner_all, ignored);
  const auto file = file_for(node, user);
  const auto fresh = fmt::format("{}.{}", file.string(), ::getpid());
  const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return cannot_keep(file);
  const auto written = write_all(
      descriptor,
      json_line({{"url", node.url()}, {"user", user}, {"id", who.id}, {"token", who.token}}) + '\n');
  const auto closed = ::close(descriptor) == 0;
  if (written && closed && ::rename(fresh.c_str(), file.c_str()) == 0) return {};
  const auto why = cannot_keep(file);
  ::unlink(fresh.c_str());
  return why;
}

void token_store::forget(const endpoint& node, const std::string& user) const {
  if (!folder_.empty()) ::unlink(file_for(node, user).c_str());
}

}  // namespace parley::client
