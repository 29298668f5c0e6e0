#include "tools/parley/certs/pem_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <system_error>

namespace parley::certs {

using client::problem;
using client::trouble;

namespace {

struct free_bio {
  void operator()(BIO* what) const { BIO_free_all(what); }
};
using bio_pointer = std::unique_ptr<BIO, free_bio>;

problem not_written(const std::filesystem::path& path, int why) {
  if (why == EEXIST)
    return {
        trouble::failed,
        fmt::format("'{}' is there already and is never written over; move it away first", path.string())};
  return {trouble::failed, fmt::format("'{}' cannot be written: {}", path.string(), std::strerror(why))};
}

/// Zero, or the error.
int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(fd) == 0 ? 0 : errno;
}

template <auto Read>
auto read_from(const std::filesystem::path& path) {
  const bio_pointer in{BIO_new_file(path.c_str(), "r")};
  auto* read = in ? Read(in.get(), nullptr, nullptr, nullptr) : nullptr;
  ERR_clear_error();
  return read;
}

}  // namespace

new_files::~new_files() {
  std::error_code ignored;
  for (const auto& path : made_) std::filesystem::remove(path, ignored);
}

client::outcome<void> new_files::write(const std::filesystem::path& path, X509* certificate) {
  const bio_pointer bytes{BIO_new(BIO_s_mem())};
  if (!bytes || PEM_write_bio_X509(bytes.get(), certificate) != 1)
    return problem{trouble::failed, "OpenSSL cannot write a certificate"};
  return write(path, bytes.get(), reader::everybody);
}

client::outcome<void> new_files::write(const std::filesystem::path& path, EVP_PKEY* key) {
  const bio_pointer bytes{BIO_new(BIO_s_mem())};
  if (!bytes || PEM_write_bio_PrivateKey(bytes.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return problem{trouble::failed, "OpenSSL cannot write a private key"};
  return write(path, bytes.get(), reader::owner);
}

client::outcome<void> new_files::write(const std::filesystem::path& path, BIO* bytes, reader who) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                        who == reader::owner ? 0600 : 0644);
  if (fd < 0) return not_written(path, errno);
  made_.push_back(path);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bytes, &data);
  const int why = write_all(fd, {data, static_cast<std::size_t>(size)});
  ::close(fd);
  if (why != 0) return not_written(path, why);
  return {};
}

client::outcome<certificate_pointer> read_certificate(const std::filesystem::path& path) {
  certificate_pointer read{read_from<PEM_read_bio_X509>(path)};
  if (!read)
    return problem{trouble::failed, fmt::format("'{}' holds no certificate that can be read", path.string())};
  return read;
}

client::outcome<key_pointer> read_key(const std::filesystem::path& path) {
  key_pointer read{read_from<PEM_read_bio_PrivateKey>(path)};
  if (!read)
    return problem{trouble::failed, fmt::format("'{}' holds no private key that can be read", path.string())};
  return read;
}

}  // namespace parley::certs
