#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "tools/parley/client/problem.hpp"

namespace parley::client {

/// Where a node listens.
struct endpoint {
  std::string host;  // a name or an address, IPv6 without brackets
  std::uint16_t port = 80;
  bool is_tls = false;
  std::string ca = {};  // of TLS: the file with the authorities to trust (PEM); empty: the system's

  /// `http://host:port` or `https://host:port`, as people and files write it.
  std::string url() const;
  /// `host:port`, the value of the Host header.
  std::string authority() const;
  /// Whether it is this machine: loopback by address, or `localhost`.
  bool is_local() const;

  friend bool operator==(const endpoint&, const endpoint&) = default;
};

/// Reads `http://host[:port][/]` or `https://…`, also `ws` and `wss`; a host without a scheme is plain.
outcome<endpoint> parse_endpoint(std::string_view url);

/// Answers the value of an environment variable, or nothing when it is not set.
using environment_lookup = std::function<std::optional<std::string>(const std::string&)>;

/// The environment of this process.
environment_lookup process_environment();

/// What the command line said about where the node is; empty means not said.
struct endpoint_choice {
  std::string url;
  std::filesystem::path data;
  std::string ca = {};
};

/// Finds the node: `--url`, else `PARLEY_URL`, else the file `address` in the node's data folder, which is
/// `--data`, else `PARLEY_NODE_DATA`, else `./parley-data`. With TLS also whom to trust: `--ca`, else
/// `PARLEY_CA`; a file that is no good is a problem at once.
outcome<endpoint> find_endpoint(const endpoint_choice& choice, const environment_lookup& environment);

}  // namespace parley::client
