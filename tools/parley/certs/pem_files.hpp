#pragma once

#include <openssl/types.h>

#include <filesystem>

#include "tools/parley/certs/authority.hpp"

namespace parley::certs {

enum class reader : std::uint8_t { everybody, owner };

/// Files that are made together: unless `keep` is called, none of them stays.
class new_files {
public:
  new_files() = default;
  ~new_files();
  new_files(const new_files&) = delete;
  new_files& operator=(const new_files&) = delete;

  /// Neither writes over a file that is there.
  client::outcome<void> write(const std::filesystem::path& path, X509* certificate);
  client::outcome<void> write(const std::filesystem::path& path, EVP_PKEY* key);
  void keep() { made_.clear(); }

private:
  client::outcome<void> write(const std::filesystem::path& path, BIO* bytes, reader who);

  std::vector<std::filesystem::path> made_;
};

client::outcome<certificate_pointer> read_certificate(const std::filesystem::path& path);
client::outcome<key_pointer> read_key(const std::filesystem::path& path);

}  // namespace parley::certs
