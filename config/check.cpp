#include "config/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "config/redaction.hpp"
#include "config/text_checks.hpp"

namespace parley {

namespace {

/// Bytes of JSON that a character can take (an escaped surrogate pair), and what stands around the text.
constexpr std::size_t bytes_per_character = 12;
constexpr std::size_t bytes_around_text = 8192;

class checker {
public:
  checker(const settings& values, const std::function<bool(std::string_view)>& is_wrong,
          const std::function<bool(std::string_view)>& is_given)
      : values_(values), is_wrong_(is_wrong), is_given_(is_given) {}

  std::vector<std::pair<std::string_view, std::string>> run() {
    text("node.name", check_node_name(values_.node.name));
    text("node.data", check_folder(values_.node.data));
    text("listen.address", check_ip_address(values_.listen.address));
    for (const auto& origin : values_.listen.origins) text("listen.origins", check_origin(origin));
    text("storage.url", check_connection(values_.storage.url));
    text("operator.token", check_token(values_.operators.token));
    listen_tls();
    cluster_tls();
    cluster_address();
    frame();
    return std::move(wrong_);
  }

private:
  void report(std::string_view key, std::string what) {
    if (!is_wrong_(key)) wrong_.emplace_back(key, std::move(what));
  }

  void text(std::string_view key, std::optional<std::string> problem) {
    if (problem) report(key, std::move(*problem));
  }

  void listen_tls() {
    const auto& tls = values_.listen.tls;
    if (tls.certificate.empty() && tls.key.empty()) return;
    const auto* given = tls.certificate.empty() ? "listen.tls.key" : "listen.tls.certificate";
    if (tls.certificate.empty() != tls.key.empty())
      report(given, "certificate and key belong together; give both or neither");
  }

  /// Mutual TLS wants all three files.
  void cluster_tls() {
    const auto& tls = values_.cluster.tls;
    const auto count = static_cast<int>(!tls.certificate.empty()) + static_cast<int>(!tls.key.empty()) +
                       static_cast<int>(!tls.ca.empty());
    if (count == 0 || count == 3) return;
    const auto* given = !tls.certificate.empty() ? "cluster.tls.certificate"
                        : !tls.key.empty()       ? "cluster.tls.key"
                                                 : "cluster.tls.ca";
    report(given, "certificate, key and ca belong together; give all three or none");
  }

  void cluster_address() {
    const auto& cluster = values_.cluster;
    if (cluster.address.empty()) return;
    if (auto problem = check_host_or_nothing(cluster.address))
      return report("cluster.address", std::move(*problem));
    const bool is_plain =
        cluster.tls.certificate.empty() && cluster.tls.key.empty() && cluster.tls.ca.empty();
    if (is_plain && !is_loopback(cluster.address))
      return report(
          "cluster.address",
          fmt::format("'{}' can be reached by other machines, and plain is allowed only on loopback; "
                      "give cluster.tls.certificate, key and ca",
                      printable(cluster.address)));
    if (cluster.address == "0.0.0.0" || cluster.address == "::")
      return report("cluster.address",
                    "peers are told to come here, so it must be an address of this machine, not all of them");
    if (values_.storage.url.empty())
      report("cluster.address", "the nodes of a cluster share one database: give storage.url as well");
  }

  /// The longest text that is allowed must fit into a frame.
  void frame() {
    const auto& limits = values_.limits;
    const auto needed = limits.text_characters * bytes_per_character + bytes_around_text;
    if (limits.frame_bytes >= needed || is_wrong_("limits.text_characters") ||
        is_wrong_("limits.frame_bytes"))
      return;
    report(
        is_given_("limits.frame_bytes") ? "limits.frame_bytes" : "limits.text_characters",
        fmt::format("a text of {} characters may need {} bytes, but limits.frame_bytes is {}; raise that or "
                    "allow at most {} characters",
                    limits.text_characters, needed, limits.frame_bytes,
                    (limits.frame_bytes - bytes_around_text) / bytes_per_character));
  }

  const settings& values_;
  const std::function<bool(std::string_view)>& is_wrong_;
  const std::function<bool(std::string_view)>& is_given_;
  std::vector<std::pair<std::string_view, std::string>> wrong_;
};

}  // namespace

std::vector<std::pair<std::string_view, std::string>> check_together(
    const settings& values, const std::function<bool(std::string_view)>& is_wrong,
    const std::function<bool(std::string_view)>& is_given) {
  return checker(values, is_wrong, is_given).run();
}

}  // namespace parley
