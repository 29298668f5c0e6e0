#include "tools/parleyd/certificate.hpp"

#include "actors/contract/values/log_event.hpp"

namespace parley {

outcome<std::shared_ptr<tls_identity>> open_certificate(const loaded_settings& loaded) {
  const auto& tls = loaded.values.listen.tls;
  if (tls.certificate.empty()) return std::shared_ptr<tls_identity>{};
  auto opened = tls_identity::load({tls.certificate, tls.key});
  if (opened.has_error()) {
    auto problem = opened.error();
    const auto origin = loaded.origins.find(problem.message.substr(0, problem.message.find(':')));
    if (origin != loaded.origins.end()) problem.message = origin->second + ": " + problem.message;
    return problem;
  }
  return opened;
}

namespace {

void reload(tls_identity* shown) {
  if (const auto reloaded = shown->reload(); reloaded.has_error())
    return log(severity::error, "certificate_kept", "SIGHUP: the certificate stays what it was",
               {{"why", reloaded.error().message}});
  log(severity::info, "certificate_reloaded", "SIGHUP: new connections are shown another certificate",
      {{"certificate", shown->describe()}});
}

}  // namespace

void reload_certificates(tls_identity* to_clients, caf_network* to_peers) {
  if (to_clients == nullptr && to_peers == nullptr)
    return log(severity::info, "nothing_reloaded",
               "SIGHUP: there is nothing to read again without listen.tls or cluster.tls");
  if (to_clients != nullptr) reload(to_clients);
  if (to_peers == nullptr) return;
  if (const auto reloaded = to_peers->reload_certificates(); reloaded.has_error())
    return log(severity::error, "certificate_kept", "SIGHUP: the certificate for peers stays what it was",
               {{"why", reloaded.error().message}});
  log(severity::info, "certificate_reloaded", "SIGHUP: new links use what cluster.tls holds now");
}

}  // namespace parley
