#include "tools/parley/client/trust.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace parley::client {

namespace net = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t names_bytes_max = 200;

problem wrong_file(const std::string& file, std::string_view what) {
  return {trouble::usage,
          fmt::format("the authorities in '{}' (--ca or PARLEY_CA) cannot be used: {}", file, what)};
}

bool is_address(const std::string& host) {
  error_code no_address;
  net::ip::make_address(host, no_address);
  return !no_address;
}

/// The text of a name, without what could command a terminal: it comes from a stranger.
std::string plain_text(const ASN1_STRING* text) {
  const auto* bytes = ASN1_STRING_get0_data(text);
  std::string plain(bytes, bytes + ASN1_STRING_length(text));
  for (auto& each : plain)
    if (each < '!' || each > '~') each = '?';
  return plain;
}

/// The machines that a certificate is for, as a list for people.
std::string names_in(const X509* certificate) {
  std::string names;
  auto* all =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(all) && names.size() < names_bytes_max; ++i) {
    const auto* each = sk_GENERAL_NAME_value(all, i);
    std::string name;
    if (each->type == GEN_DNS) name = plain_text(each->d.dNSName);
    if (each->type == GEN_IPADD) {
      const auto* bytes = ASN1_STRING_get0_data(each->d.iPAddress);
      net::ip::address_v4::bytes_type four{};
      if (ASN1_STRING_length(each->d.iPAddress) != static_cast<int>(four.size())) continue;
      std::memcpy(four.data(), bytes, four.size());
      name = net::ip::address_v4{four}.to_string();
    }
    if (!name.empty()) names += (names.empty() ? "" : ", ") + name;
  }
  GENERAL_NAMES_free(all);
  return names.empty() ? "nobody by name" : names;
}

int index_of_trust() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

}  // namespace

trust::trust(endpoint node) : node_(std::move(node)) {
  SSL_CTX_set_min_proto_version(context_.native_handle(), TLS1_2_VERSION);
}

outcome<std::shared_ptr<trust>> trust::in(const endpoint& node) {
  std::shared_ptr<trust> made{new trust{node}};
  error_code failed;
  if (node.ca.empty()) {
    made->context_.set_default_verify_paths(failed);
    if (failed)
      return problem{trouble::failed, fmt::format("the system's authorities cannot be read: {}; give yours "
                                                  "with --ca FILE or PARLEY_CA",
                                                  failed.message())};
    return made;
  }
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(node.ca, ignored))
    return wrong_file(node.ca, "there is no such file");
  errno = 0;
  if (!std::ifstream{node.ca}) return wrong_file(node.ca, std::strerror(errno));
  made->context_.load_verify_file(node.ca, failed);
  if (failed) return wrong_file(node.ca, "there is no certificate in it; right is PEM");
  return made;
}

int trust::look(int is_good, X509_STORE_CTX* chain) {
  if (is_good == 1) return 1;
  const auto* connection =
      static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* self = static_cast<trust*>(SSL_get_ex_data(connection, index_of_trust()));
  self->problem_ = X509_STORE_CTX_get_error(chain);
  if (const auto* shown = X509_STORE_CTX_get0_cert(chain)) self->names_ = names_in(shown);
  return 0;
}

void trust::apply_to(SSL* connection) {
  SSL_set_ex_data(connection, index_of_trust(), this);
  SSL_set_verify(connection, SSL_VERIFY_PEER, &trust::look);
  auto* wanted = SSL_get0_param(connection);
  if (is_address(node_.host)) {
    X509_VERIFY_PARAM_set1_ip_asc(wanted, node_.host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_host(wanted, node_.host.data(), node_.host.size());
    // What OpenSSL's macro does; the type of its argument is older than const.
    SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(node_.host.c_str()));
  }
}

std::string trust::explain(const error_code& failed) const {
  switch (problem_) {
    case 0:
      break;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format("its certificate is for {}, not for {}: call it by a name of its certificate",
                         names_, node_.host);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      if (!node_.ca.empty())
        return fmt::format(
            "its certificate (for {}) is not signed by an authority in '{}' (--ca or PARLEY_CA)", names_,
            node_.ca);
      return fmt::format(
          "its certificate (for {}) is signed by nobody whom this machine trusts: if you know "
          "its authority, give that one's certificate with --ca FILE or PARLEY_CA",
          names_);
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format(
          "its certificate (for {}) has expired: its operator must replace it, unless the clock "
          "of this machine is wrong",
          names_);
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("its certificate (for {}) is not valid yet: is the clock of this machine right?",
                         names_);
    default:
      return fmt::format("its certificate (for {}) is not to be trusted: {}", names_,
                         X509_verify_cert_error_string(problem_));
  }
  const bool is_no_tls =
      failed.category() == net::error::get_ssl_category() &&
      ERR_GET_REASON(static_cast<unsigned long>(failed.value())) == SSL_R_WRONG_VERSION_NUMBER;
  if (is_no_tls || failed == net::error::eof || failed == net::ssl::error::stream_truncated ||
      failed == net::error::connection_reset)
    return fmt::format("it does not answer in TLS; does it speak plainly, at http://{}?", node_.authority());
  return failed.message();
}

}  // namespace parley::client
