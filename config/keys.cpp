#include "config/keys.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <numeric>

#include "config/redaction.hpp"

namespace parley {

namespace {

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t gib = 1LL << 30U;
// A request larger than what may be unanswered on a connection could never be taken.
constexpr auto frame_bytes_max = static_cast<std::int64_t>(limits{}.unanswered_bytes);

// The order is the one of the example file.
constexpr setting_key all_keys[] = {
    {"node.name", [](settings& s) -> setting_field { return &s.node.name; }, 0, 0, "",
     "name of the node, unique in its cluster; 1 to 20 letters, digits, '-', '_' or '.'", ""},
    {"node.data", [](settings& s) -> setting_field { return &s.node.data; }, 0, 0, "",
     "folder for the address, the operator's token and the private PostgreSQL", ""},
    {"listen.address", [](settings& s) -> setting_field { return &s.listen.address; }, 0, 0, "",
     "IP address for clients; 0.0.0.0 or :: for all", ""},
    {"listen.port", [](settings& s) -> setting_field { return &s.listen.port; }, 0, 65'535, "",
     "port for clients; 0: any free one, printed and written to <data>/address", ""},
    {"listen.origins", [](settings& s) -> setting_field { return &s.listen.origins; }, 0, 0, "",
     "origins of web pages that may connect, besides the node's own; \"*\": every", ""},
    {"listen.tls.certificate", [](settings& s) -> setting_field { return &s.listen.tls.certificate; }, 0, 0,
     "", "file with the certificate chain (PEM), read again on SIGHUP; empty: no TLS", ""},
    {"listen.tls.key", [](settings& s) -> setting_field { return &s.listen.tls.key; }, 0, 0, "",
     "file with the certificate's private key (PEM), without a passphrase", ""},
    {"cluster.address", [](settings& s) -> setting_field { return &s.cluster.address; }, 0, 0, "",
     "IP address or name of this machine at which other nodes reach it; empty: a node alone", ""},
    {"cluster.port", [](settings& s) -> setting_field { return &s.cluster.port; }, 0, 65'535, "",
     "port for other nodes; 0: any free one", ""},
    {"cluster.tls.certificate", [](settings& s) -> setting_field { return &s.cluster.tls.certificate; }, 0, 0,
     "", "this node's certificate for other nodes (PEM); parley certs makes it", ""},
    {"cluster.tls.key", [](settings& s) -> setting_field { return &s.cluster.tls.key; }, 0, 0, "",
     "its private key (PEM)", ""},
    {"cluster.tls.ca", [](settings& s) -> setting_field { return &s.cluster.tls.ca; }, 0, 0, "",
     "the authority that signed all nodes' certificates (PEM)", ""},
    {"cluster.drain_timeout", [](settings& s) -> setting_field { return &s.cluster.drain_timeout; }, 1'000,
     hour_ms, "", "how long a stopping node may take", ""},
    {"storage.url", [](settings& s) -> setting_field { return &s.storage.url; }, 0, 0, "",
     "PostgreSQL, as postgresql://user@host/database; empty: a private one in node.data", ""},
    {"storage.writers", [](settings& s) -> setting_field { return &s.storage.writers; }, 1, 64, "connections",
     "connections that write; two help on a slow disk", ""},
    {"storage.readers", [](settings& s) -> setting_field { return &s.storage.readers; }, 1, 64, "connections",
     "connections that read", ""},
    {"threads.io", [](settings& s) -> setting_field { return &s.threads.io; }, 1, 256, "threads",
     "threads for connections", ""},
    {"threads.actors", [](settings& s) -> setting_field { return &s.threads.actors; }, 0, 256, "threads",
     "threads for actors; 0: one per core", ""},
    {"presence.grace", [](settings& s) -> setting_field { return &s.presence.grace; }, 0, hour_ms, "",
     "how long somebody may be away without being shown offline", ""},
    {"limits.text_characters", [](settings& s) -> setting_field { return &s.limits.text_characters; }, 1,
     170'000, "characters", "length of a text in Unicode code points", ""},
    {"limits.group_members", [](settings& s) -> setting_field { return &s.limits.group_members; }, 0,
     1'000'000, "people", "size of a group; 0: no limit", ""},
    {"limits.frame_bytes", [](settings& s) -> setting_field { return &s.limits.frame_bytes; }, 16'384,
     frame_bytes_max, "bytes", "one WebSocket message from a client; 12 bytes a character and 8192 more", ""},
    {"limits.unanswered_requests", [](settings& s) -> setting_field { return &s.limits.unanswered_requests; },
     1, 10'000, "requests", "unanswered requests of a connection; then the node stops reading from it", ""},
    {"limits.devices", [](settings& s) -> setting_field { return &s.limits.devices; }, 0, 10'000,
     "connections", "connections of one user; 0: no limit", ""},
    {"limits.sends_per_second", [](settings& s) -> setting_field { return &s.limits.sends_per_second; }, 0,
     1'000'000, "requests", "writing requests of a connection per second; 0: no limit", ""},
    {"limits.sends_burst", [](settings& s) -> setting_field { return &s.limits.sends_burst; }, 1, 1'000'000,
     "requests", "how many of them at once", ""},
    {"limits.accounts_per_minute", [](settings& s) -> setting_field { return &s.limits.accounts_per_minute; },
     0, 1'000'000, "accounts", "new accounts per minute from one address; 0: no limit", ""},
    {"limits.sign_ins_per_minute", [](settings& s) -> setting_field { return &s.limits.sign_ins_per_minute; },
     0, 1'000'000, "attempts",
     "sign-ins per minute from one address, and wrong ones for one name; 0: no limit", ""},
    {"limits.outbox_bytes", [](settings& s) -> setting_field { return &s.limits.outbox_bytes; }, 16'384, gib,
     "bytes", "what may wait for a slow reader; above, it is shown later from the log", ""},
    {"limits.request_timeout", [](settings& s) -> setting_field { return &s.limits.request_timeout; }, 100,
     hour_ms, "", "after this a request is answered `unavailable`", ""},
    {"limits.admissions_per_second",
     [](settings& s) -> setting_field { return &s.limits.admissions_per_second; }, 0, 1'000'000,
     "connections", "sessions let in per second on the node; the others come back later; 0: no limit", ""},
    {"operator.token", [](settings& s) -> setting_field { return &s.operators.token; }, 0, 0, "",
     "the operator's token; empty: made once, and written to <data>/operator.token", "", true},
    {"inspection.level", [](settings& s) -> setting_field { return &s.inspection.level; }, 0, 0, "",
     "what is counted of the actors; can be raised for a while", "kinds counts edges"},
    {"log.level", [](settings& s) -> setting_field { return &s.log.level; }, 0, 0, "", "what is logged",
     "debug info warn error"},
    {"log.format", [](settings& s) -> setting_field { return &s.log.format; }, 0, 0, "", "how it is written",
     "text json"},
};

struct time_unit {
  std::string_view name;
  std::int64_t ms;
};
constexpr time_unit time_units[] = {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", hour_ms}};

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (text.empty() || problem != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::optional<std::int64_t> parse_duration_ms(std::string_view text) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_number(text.substr(0, digits));
  const auto* unit = std::ranges::find(time_units, text.substr(digits), &time_unit::name);
  if (!number || unit == std::end(time_units) || *number > 1'000'000'000) return std::nullopt;
  return *number * unit->ms;
}

std::string duration_text(std::int64_t ms) {
  for (const auto& unit : {time_units[3], time_units[2], time_units[1]})
    if (ms != 0 && ms % unit.ms == 0) return std::to_string(ms / unit.ms) + std::string(unit.name);
  return std::to_string(ms) + "ms";
}

bool is_word_of(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const auto end = std::min(list.find(' '), list.size());
    if (list.substr(0, end) == word) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> elements;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    auto element = text.substr(0, end);
    while (element.starts_with(' ')) element.remove_prefix(1);
    while (element.ends_with(' ')) element.remove_suffix(1);
    if (!element.empty()) elements.emplace_back(element);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return elements;
}

/// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

bool may_hold_secret(const setting_key& key) { return key.is_secret || key.path == "storage.url"; }

std::string_view section_of(const setting_key& key) { return key.path.substr(0, key.path.find('.')); }

/// The key of a secret that may be meant by `path`, with the secret run into it; none if surely not.
const setting_key* secret_meant_by(std::string_view path) {
  std::string lower{path};
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::size_t slips = 3;
  for (const auto& key : all_keys) {
    if (!may_hold_secret(key)) continue;
    if (lower.starts_with(std::string(section_of(key)) + ".")) return &key;
    if (distance(key.path, lower.substr(0, key.path.size())) <= slips) return &key;
  }
  return nullptr;
}

struct value_setter {
  const setting_key& key;
  std::string_view text;

  std::optional<std::string> operator()(std::string* field) const {
    if (!key.choices.empty() && !is_word_of(key.choices, text)) return "is not a value it can have";
    if (std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
      return "holds a control character";
    *field = text;
    return std::nullopt;
  }
  template <class Number>
  std::optional<std::string> operator()(Number* field) const {
    const auto number = parse_number(text);
    if (!number) return "is not a whole number";
    if (*number < key.least || *number > key.most) return "is out of range";
    *field = static_cast<Number>(*number);
    return std::nullopt;
  }
  std::optional<std::string> operator()(std::chrono::milliseconds* field) const {
    const auto ms = parse_duration_ms(text);
    if (!ms) return "is not a duration";
    if (*ms < key.least || *ms > key.most) return "is out of range";
    *field = std::chrono::milliseconds{*ms};
    return std::nullopt;
  }
  std::optional<std::string> operator()(std::vector<std::string>* field) const {
    *field = split_list(text);
    return std::nullopt;
  }
};

/// In double quotes, as YAML reads it: a bare `::`, `*` or `no` would be something else.
std::string yaml_text(std::string_view text) {
  std::string shown = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') shown += '\\';
    shown += letter;
  }
  return shown + "\"";
}

struct value_writer {
  const setting_key& key;

  std::string operator()(const std::string* field) const {
    return key.choices.empty() ? yaml_text(*field) : *field;
  }
  template <class Number>
  std::string operator()(const Number* field) const {
    return std::to_string(*field);
  }
  std::string operator()(const std::chrono::milliseconds* field) const {
    return duration_text(field->count());
  }
  std::string operator()(const std::vector<std::string>* field) const {
    std::string text = "[";
    for (const auto& element : *field) text += (text.size() > 1 ? ", " : "") + yaml_text(element);
    return text + "]";
  }
};

}  // namespace

std::span<const setting_key> setting_keys() { return all_keys; }

const setting_key* find_key(std::string_view path) {
  const auto* found = std::ranges::find(all_keys, path, &setting_key::path);
  return found == std::end(all_keys) ? nullptr : found;
}

std::optional<std::string_view> similar_key(std::string_view path) {
  if (path.size() > 64) return std::nullopt;
  const auto* best =
      std::ranges::min_element(all_keys, {}, [&](const auto& key) { return distance(key.path, path); });
  if (distance(best->path, path) > std::max<std::size_t>(2, path.size() / 3)) return std::nullopt;
  return best->path;
}

unknown_key describe_unknown_key(std::string_view path) {
  constexpr std::size_t shown_max = 80;
  const auto similar = similar_key(path);
  const auto* secret = secret_meant_by(path);
  if (secret == nullptr) return {printable(path, shown_max), false, similar};
  const auto section = std::string(section_of(*secret)) + ".";
  const auto shown = path.starts_with(secret->path) ? std::string(secret->path) + "…"
                     : path.starts_with(section)    ? section + "…"
                                                    : std::string{};
  return {shown, true, similar.value_or(secret->path)};
}

bool is_list(const setting_key& key) {
  settings any;
  return std::holds_alternative<std::vector<std::string>*>(key.field(any));
}

std::optional<std::string> set_value(const setting_key& key, settings& into, std::string_view text) {
  const auto problem = std::visit(value_setter{key, text}, key.field(into));
  if (!problem) return std::nullopt;
  const auto shown = may_hold_secret(key) ? std::string("the value") : "'" + printable(text) + "'";
  return shown + " " + *problem + "; right is " + allowed_text(key);
}

std::optional<std::string> set_list(const setting_key& key, settings& into,
                                    const std::vector<std::string>& elements) {
  const auto field = key.field(into);
  auto* const* list = std::get_if<std::vector<std::string>*>(&field);
  if (list == nullptr) return "is a list; right is " + allowed_text(key);
  **list = elements;
  return std::nullopt;
}

std::string value_text(const setting_key& key, const settings& from) {
  auto copy = from;
  if (key.is_secret) {
    const auto field = key.field(copy);
    auto* const* secret = std::get_if<std::string*>(&field);
    if (secret != nullptr && !(*secret)->empty()) **secret = redaction;
  }
  copy.storage.url = redacted_connection(copy.storage.url);
  return std::visit(value_writer{key}, key.field(copy));
}

std::string allowed_text(const setting_key& key) {
  settings any;
  const auto field = key.field(any);
  if (std::holds_alternative<std::vector<std::string>*>(field))
    return "a list of texts, comma-separated on one line";
  if (!key.choices.empty()) {
    std::string words{key.choices};
    for (auto space = words.find(' '); space != std::string::npos; space = words.find(' ', space + 2))
      words.replace(space, 1, ", ");
    return "one of: " + words;
  }
  if (std::holds_alternative<std::string*>(field)) return "a text";
  if (std::holds_alternative<std::chrono::milliseconds*>(field))
    return "a duration from " + duration_text(key.least) + " to " + duration_text(key.most) +
           ", such as 500ms, 10s or 2m";
  return "a whole number from " + std::to_string(key.least) + " to " + std::to_string(key.most) +
         (key.unit.empty() ? "" : " (" + std::string(key.unit) + ")");
}

std::string environment_name(const setting_key& key) {
  std::string name = "PARLEY_" + std::string(key.path);
  for (auto& c : name) c = c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

}  // namespace parley
