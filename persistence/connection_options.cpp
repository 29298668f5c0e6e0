#include "persistence/connection_options.hpp"

#include <libpq-fe.h>

#include <cstring>
#include <map>
#include <memory>
#include <stdexcept>

namespace parley {

namespace {

/// As libpq reads a value of a connection string.
std::string conninfo_value(std::string_view value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

}  // namespace

std::string with_connection_options(const std::string& url, std::string_view application_name,
                                    std::string_view settings) {
  char* problem = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> given{
      PQconninfoParse(url.c_str(), &problem), &PQconninfoFree};
  if (!given) {
    // libpq's message may repeat the string, and with it a password: not passed on.
    PQfreemem(problem);
    throw std::invalid_argument(
        "storage.url is not a PostgreSQL connection string; expected postgresql://user@host/database");
  }
  std::map<std::string, std::string> all{
      {"connect_timeout", "5"},
      {"keepalives", "1"},
      {"keepalives_idle", "2"},
      {"keepalives_interval", "1"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "5000"},
      {"target_session_attrs", "read-write"},
      {"client_encoding", "UTF8"},
  };
  std::string options =
      "-c statement_timeout=5000 -c client_connection_check_interval=500 -c tcp_keepalives_idle=2 "
      "-c tcp_keepalives_interval=1 -c tcp_keepalives_count=3 -c tcp_user_timeout=5000 ";
  options += settings;
  for (const auto* option = given.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    if (std::strcmp(option->keyword, "options") == 0) {
      options += ' ';
      options += option->val;
    } else {
      all[option->keyword] = option->val;
    }
  }
  all["application_name"] = application_name;
  all["options"] = options;
  std::string text;
  for (const auto& [key, value] : all) text += key + "=" + conninfo_value(value) + " ";
  return text;
}

}  // namespace parley
