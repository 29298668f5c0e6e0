#include "transport/protocol/request_decoder.hpp"

#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "transport/protocol/surrogates.hpp"
#include "transport/protocol/text_rules.hpp"

namespace parley {

namespace dom = simdjson::dom;

struct request_decoder::parser {
  dom::parser json;
};

namespace {

constexpr request_id id_max = (1LL << 53U) - 1;
constexpr std::size_t key_characters_max = 64;
constexpr std::size_t sync_tail_max = 100;
constexpr std::size_t history_limit_max = 100;
constexpr std::size_t find_users_limit_max = 20;

failure bad(std::string message) { return {errc::bad_request, std::move(message), {}}; }

/// Reads the members of `d` and remembers the first thing that is wrong with them.
class members_reader {
public:
  members_reader(dom::object members, const limits& rules, std::optional<failure>& defect)
      : members_(members), rules_(rules), defect_(defect) {}

  void wrong(failure why) {
    if (!defect_) defect_ = std::move(why);
  }
  [[nodiscard]] bool has(std::string_view name) const { return !members_.at_key(name).error(); }

  /// A string, if it is there; one that is no string, or holds U+0000, is wrong.
  std::optional<std::string> optional_text(std::string_view name) {
    dom::element value;
    if (members_.at_key(name).get(value)) return std::nullopt;
    std::string_view text;
    if (value.get(text)) {
      wrong(bad("'" + std::string(name) + "' must be a string"));
      return std::nullopt;
    }
    if (text.find('\0') != std::string_view::npos)
      wrong(bad("'" + std::string(name) + "' holds U+0000 or a lone surrogate"));
    return std::string(text);
  }
  std::string text(std::string_view name) {
    if (!has(name)) wrong(bad("'" + std::string(name) + "' is missing"));
    return optional_text(name).value_or("");
  }
  /// An id: text that this server never made names nothing (0).
  template <class Id>
  Id id(std::string_view name) {
    return parse_id<Id>(text(name)).value_or(Id{});
  }
  std::optional<std::int64_t> optional_number(std::string_view name, std::int64_t least, std::int64_t most) {
    dom::element value;
    if (members_.at_key(name).get(value)) return std::nullopt;
    std::int64_t number = 0;
    if (value.get(number) || number < least || number > most) {
      wrong(bad("'" + std::string(name) + "' must be a whole number from " + std::to_string(least) + " to " +
                std::to_string(most)));
      return std::nullopt;
    }
    return number;
  }
  std::string key() {
    auto value = text("key");
    if (value.empty() || value.size() > key_characters_max || !is_printable_ascii(value))
      wrong(bad("'key' must be 1 to 64 printable ASCII characters"));
    return value;
  }
  /// A text of 1 to `most` code points.
  std::string bounded_text(std::string_view name, std::size_t most) {
    auto value = text(name);
    if (value.empty()) wrong(bad("'" + std::string(name) + "' must not be empty"));
    if (count_code_points(value) > most)
      wrong({errc::too_large,
             "'" + std::string(name) + "' has more than " + std::to_string(most) + " characters",
             {}});
    return value;
  }
  [[nodiscard]] const limits& rules() const { return rules_; }
  [[nodiscard]] const dom::object& object() const { return members_; }

private:
  dom::object members_;
  const limits& rules_;
  std::optional<failure>& defect_;
};

using operation = client_request::operation;

operation read_identify(members_reader& in) {
  request::identify op;
  op.token = in.text("token");
  op.device = in.optional_text("device");
  return op;
}

operation read_sync(members_reader& in) {
  request::sync op;
  op.cursor = in.optional_text("cursor");
  op.epoch = in.optional_text("epoch");
  if (op.cursor && (in.has("have") || in.has("epoch") || in.has("tail")))
    in.wrong(bad("'cursor' stands alone: the first page said the rest"));
  op.tail = static_cast<std::size_t>(in.optional_number("tail", 0, sync_tail_max).value_or(20));
  dom::element have;
  if (in.object().at_key("have").get(have)) return op;
  dom::object heads;
  if (have.get(heads)) {
    in.wrong(bad("'have' must be an object of conversation and seq"));
    return op;
  }
  for (const auto& [name, value] : heads) {
    std::int64_t seq = 0;
    if (value.get(seq) || seq < 0) {
      in.wrong(bad("'have' must be an object of conversation and seq"));
      break;
    }
    if (const auto id = parse_id<conversation_id>(name)) op.have.emplace_back(*id, seq);
  }
  return op;
}

operation read_history(members_reader& in) {
  request::history op;
  op.conversation = in.id<conversation_id>("conversation");
  op.before = in.optional_number("before", 0, id_max);
  op.after = in.optional_number("after", 0, id_max);
  op.limit =
      static_cast<std::size_t>(in.optional_number("limit", 1, history_limit_max).value_or(history_limit_max));
  if (in.has("before") && in.has("after")) in.wrong(bad("'before' and 'after' exclude each other"));
  return op;
}

operation read_members(members_reader& in) {
  return request::members{in.id<conversation_id>("conversation"), in.optional_text("cursor")};
}

operation read_send(members_reader& in) {
  auto draft = std::make_shared<entry_draft>();
  const auto conversation = in.id<conversation_id>("conversation");
  draft->kind = entry_kind::message;
  draft->key = in.key();
  draft->text = in.bounded_text("text", in.rules().text_characters);
  return request::write{conversation, std::move(draft)};
}

operation read_open_direct(members_reader& in) { return request::open_direct{in.id<user_id>("user")}; }

operation read_create_group(members_reader& in) {
  auto draft = std::make_shared<entry_draft>();
  draft->kind = entry_kind::create;
  draft->key = in.key();
  draft->name = in.bounded_text("name", in.rules().name_characters);
  dom::array list;
  if (in.object().at_key("members").get(list)) {
    in.wrong(bad("'members' must be a list of user ids"));
  } else {
    for (const auto value : list) {
      std::string_view id;
      if (value.get(id)) {
        in.wrong(bad("'members' must be a list of user ids"));
        break;
      }
      draft->members.push_back(parse_id<user_id>(id).value_or(user_id{}));
    }
  }
  return request::create_group{std::move(draft)};
}

operation read_find_users(members_reader& in) {
  request::find_users op;
  op.prefix = in.bounded_text("prefix", in.rules().name_characters);
  if (count_code_points(op.prefix) < 2) in.wrong(bad("'prefix' must have at least 2 characters"));
  op.limit = static_cast<std::size_t>(in.optional_number("limit", 1, find_users_limit_max).value_or(20));
  return op;
}

struct op_reader {
  std::string_view name;
  operation (*read)(members_reader& in);
};

constexpr op_reader ops[] = {
    {"send", read_send},
    {"ping", [](members_reader&) -> operation { return request::ping{}; }},
    {"history", read_history},
    {"sync", read_sync},
    {"members", read_members},
    {"identify", read_identify},
    {"open_direct", read_open_direct},
    {"create_group", read_create_group},
    {"find_users", read_find_users},
    {"logout", [](members_reader&) -> operation { return request::logout{}; }},
};

/// A request that names a conversation wrongly (not at all, or by something else than a string) has no
/// membership to be checked first.
bool lacks_conversation(const dom::object& members, const operation& op) {
  const bool names_one = std::holds_alternative<request::write>(op) ||
                         std::holds_alternative<request::history>(op) ||
                         std::holds_alternative<request::members>(op);
  std::string_view text;
  return names_one && members.at_key("conversation").get(text);
}

void read_operation(const dom::element& whole, const limits& rules, client_request& request) {
  std::string_view name;
  if (whole.at_key("op").get(name)) {
    request.defect = bad("'op' must name what is asked for");
    return;
  }
  const auto* reader = std::ranges::find(ops, name, &op_reader::name);
  if (reader == std::end(ops)) {
    request.op = request::unsupported{std::string(name.substr(0, 64))};
    return;
  }
  static constexpr std::string_view empty_object = "{}";
  static thread_local dom::parser empty_parser;
  dom::object members;
  dom::element given;
  if (whole.at_key("d").get(given)) {
    given = empty_parser.parse(simdjson::padded_string(empty_object)).value_unsafe();
  }
  if (given.get(members)) {
    request.defect = bad("'d' must be an object");
    // Whoever it is gets this answer: it says nothing about any conversation.
    if (name != "identify") return;
    request.op = request::identify{};
    return;
  }
  members_reader in{members, rules, request.defect};
  auto op = reader->read(in);
  if (lacks_conversation(members, op)) return;
  request.op = std::move(op);
}

}  // namespace

request_decoder::request_decoder(const limits& rules) : rules_(rules), parser_(std::make_unique<parser>()) {}
request_decoder::~request_decoder() = default;

decoded_frame request_decoder::decode(std::string_view frame) {
  dom::element whole;
  auto problem = parser_->json.parse(frame.data(), frame.size()).get(whole);
  if (problem == simdjson::STRING_ERROR) {
    const auto cleaned = without_lone_surrogates(frame);
    problem = parser_->json.parse(cleaned).get(whole);
  }
  if (problem) return not_the_protocol{"a frame was not JSON"};
  if (!whole.is_object()) return not_the_protocol{"a frame was not a JSON object"};
  client_request request;
  if (whole.at_key("id").get(request.id) || request.id < 1 || request.id > id_max)
    return not_the_protocol{"a request had no usable id (1 to 2^53 - 1)"};
  read_operation(whole, rules_, request);
  return request;
}

}  // namespace parley
