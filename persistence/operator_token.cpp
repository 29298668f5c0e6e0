#include "persistence/operator_token.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>
#include <pqxx/pqxx>

#include "actors/contract/values/log_event.hpp"
#include "persistence/connection_options.hpp"
#include "persistence/new_token.hpp"
#include "persistence/token_hash.hpp"
#include "persistence/watched_connection.hpp"

namespace parley {

namespace {

/// What the file holds; nothing when there is none.
std::optional<std::string> token_in(const std::filesystem::path& file) {
  std::ifstream in{file};
  std::string token;
  if (!std::getline(in, token) || token.empty()) return std::nullopt;
  return token;
}

outcome<void> write_privately(const std::filesystem::path& file, const std::string& token) {
  const auto temporary = file.string() + ".new";
  ::unlink(temporary.c_str());
  const int out = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const auto line = token + "\n";
  const bool written = out >= 0 &&
                       ::write(out, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                       ::fsync(out) == 0;
  auto problem = written ? 0 : errno;
  if (out >= 0) ::close(out);
  if (written && ::rename(temporary.c_str(), file.c_str()) != 0) problem = errno;
  if (problem == 0) return {};
  return failure{errc::internal,
                 "cannot write the operator's token to " + file.string() + ": " + std::strerror(problem) +
                     "; is the folder writable and the disk not full?",
                 {}};
}

std::optional<std::string> hash_in(pqxx::nontransaction& work) {
  const auto rows = work.exec("select operator_token_hash::text from cluster");
  if (rows.empty() || rows[0][0].is_null()) return std::nullopt;
  return rows[0][0].as<std::string>();
}

}  // namespace

outcome<std::string> prepare_operator_token(const std::string& url, const std::string& node,
                                            const std::string& configured,
                                            const std::filesystem::path& file) {
  if (!configured.empty()) return token_hash(configured);
  try {
    watched_connection connection{with_connection_options(url, "parley " + node + " operator")};
    const watched_connection::bounded limited{connection};
    pqxx::nontransaction work{connection.connection()};
    work.exec("set bytea_output = hex");
    if (auto known = hash_in(work)) return std::move(*known);
    // First the file, then the database: a token that was lost in between would be nobody's.
    auto token = token_in(file);
    const bool is_fresh = !token;
    if (is_fresh) {
      token = new_token();
      if (auto written = write_privately(file, *token); written.has_error()) return written.error();
    }
    const auto hash = token_hash(*token);
    const auto set = work.exec_params(
        "update cluster set operator_token_hash = $1::bytea where operator_token_hash is null returning 1",
        hash);
    if (!set.empty()) {
      log(severity::info, "operator_token_made", "the operator's token was made", {{"file", file.string()}});
      return hash;
    }
    // Another node was faster.
    if (is_fresh) std::filesystem::remove(file);
    if (auto known = hash_in(work)) return std::move(*known);
    return failure{errc::internal, "the database has lost its row about the cluster", {}};
  } catch (const std::exception& problem) {
    return failure{errc::unavailable,
                   std::string("the operator's token cannot be looked up in the database: ") + problem.what(),
                   {}};
  }
}

}  // namespace parley
