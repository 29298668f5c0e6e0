#pragma once

#include <filesystem>
#include <string>

#include "transport/tls_identity.hpp"

namespace parley::testing {

/// Certificates that vouch for themselves, with their keys, in a folder of their own.
class test_certificate {
public:
  explicit test_certificate(const std::string& names = "DNS:localhost,IP:127.0.0.1", int days = 2);
  ~test_certificate();
  test_certificate(const test_certificate&) = delete;
  test_certificate& operator=(const test_certificate&) = delete;

  /// Puts another pair into the same files.
  void replace(const std::string& names, int days = 2) const;
  [[nodiscard]] tls_files files() const { return {path("certificate.pem"), path("key.pem")}; }
  /// A file beside them.
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  /// Writes a file beside them and gives its path.
  std::string write(const std::string& name, const std::string& text) const;

private:
  std::filesystem::path folder_;
};

/// One for all tests of the process that do not care which.
const test_certificate& shared_certificate();

/// Whether tests of the transport are to run over TLS where it makes no difference to them: the
/// environment's PARLEY_TEST_TLS is 1.
bool tests_run_over_tls();

}  // namespace parley::testing
