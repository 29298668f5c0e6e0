#pragma once

#include <openssl/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tools/parley/client/problem.hpp"

namespace parley::certs {

struct free_certificate {
  void operator()(X509* what) const;
};
struct free_key {
  void operator()(EVP_PKEY* what) const;
};
using certificate_pointer = std::unique_ptr<X509, free_certificate>;
using key_pointer = std::unique_ptr<EVP_PKEY, free_key>;

/// A certificate and its key, as files.
struct files {
  std::string name;  // of the node; empty: the authority
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::string until;  // the last day, as 2031-05-17
};

/// A cluster's own authority: whoever it signed is a node of the cluster. It lies in a folder as `ca.crt` and
/// `ca.key`; what it signs for a node lies beside it as NAME.crt and NAME.key.
class authority {
public:
  /// How long an authority is good; nodes must not outlive it.
  static constexpr int days = 3'650;

  /// Whether nodes can be called so, and each is named once.
  static client::outcome<void> check_names(const std::vector<std::string>& names);
  /// The one in this folder, or a new one, and then the folder too.
  static client::outcome<authority> open_or_make(const std::filesystem::path& folder);

  [[nodiscard]] bool is_new() const { return is_new_; }
  [[nodiscard]] const files& where() const { return where_; }
  /// Makes a key and a certificate for each of these nodes: for servers and clients, from an hour ago (clocks
  /// differ) for so many days. All of them or none; files that are there already are never written over.
  client::outcome<std::vector<files>> sign(const std::vector<std::string>& names, int days) const;

private:
  authority(std::filesystem::path folder, certificate_pointer certificate, key_pointer key, bool is_new);
  static client::outcome<authority> make(const std::filesystem::path& folder);
  static client::outcome<authority> open(const std::filesystem::path& folder);
  [[nodiscard]] client::outcome<void> check(const std::vector<std::string>& names, int days) const;

  std::filesystem::path folder_;
  certificate_pointer certificate_;
  key_pointer key_;
  bool is_new_;
  files where_;
};

}  // namespace parley::certs
