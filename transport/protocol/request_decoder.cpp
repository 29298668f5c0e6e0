#include "transport/protocol/request_decoder.hpp"

#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "transport/protocol/huge_numbers.hpp"
#include "transport/protocol/members_reader.hpp"
#include "transport/protocol/surrogates.hpp"
#include "transport/protocol/text_rules.hpp"

namespace parley {

namespace dom = simdjson::dom;

struct request_decoder::parser {
  dom::parser json;
};

namespace {

/// Names no user, and is not "none" either: ids are positive.
constexpr user_id nobody{-1};

constexpr std::size_t sync_tail_max = 100;
constexpr std::size_t history_limit_max = 100;
constexpr std::size_t find_users_limit_max = 20;
constexpr std::size_t search_limit_max = 50;
constexpr std::size_t search_characters_max = 256;
constexpr std::size_t watched_users_a_call = 500;
constexpr std::size_t payload_bytes_max = 16'384;

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
  draft->members = in.users("members");
  return request::create_group{std::move(draft)};
}

operation read_find_users(members_reader& in) {
  request::find_users op;
  op.prefix = in.bounded_text("prefix", in.rules().name_characters);
  if (count_code_points(op.prefix) < 2) in.wrong(bad("'prefix' must have at least 2 characters"));
  op.limit = static_cast<std::size_t>(in.optional_number("limit", 1, find_users_limit_max).value_or(20));
  return op;
}

/// The ops that write an entry to a conversation that exists differ in what they name besides its key.
template <class Fill>
operation read_write(members_reader& in, entry_kind kind, Fill fill) {
  auto draft = std::make_shared<entry_draft>();
  const auto conversation = in.id<conversation_id>("conversation");
  draft->kind = kind;
  draft->key = in.key();
  fill(*draft);
  return request::write{conversation, std::move(draft)};
}

operation read_edit(members_reader& in) {
  return read_write(in, entry_kind::edit, [&](entry_draft& draft) {
    draft.target = in.number("target", 1, id_max);
    draft.text = in.bounded_text("text", in.rules().text_characters);
  });
}

operation read_delete(members_reader& in) {
  return read_write(in, entry_kind::erase,
                    [&](entry_draft& draft) { draft.target = in.number("target", 1, id_max); });
}

operation read_add_member(members_reader& in) {
  return read_write(in, entry_kind::join, [&](entry_draft& draft) { draft.user = in.id<user_id>("user"); });
}

operation read_remove_member(members_reader& in) {
  return read_write(in, entry_kind::leave, [&](entry_draft& draft) {
    // An id that names nobody must not read as one's own `leave`.
    draft.user = in.id<user_id>("user");
    if (!draft.user) draft.user = nobody;
  });
}

operation read_leave(members_reader& in) {
  return read_write(in, entry_kind::leave, [](entry_draft&) {});
}

operation read_set_role(members_reader& in) {
  return read_write(in, entry_kind::role, [&](entry_draft& draft) {
    draft.user = in.id<user_id>("user");
    const auto role = in.text("role");
    for (const auto known : {member_role::owner, member_role::admin, member_role::member})
      if (role == to_text(known)) {
        draft.role = known;
        return;
      }
    in.wrong(bad("'role' must be owner, admin or member"));
  });
}

operation read_rename(members_reader& in) {
  return read_write(in, entry_kind::rename, [&](entry_draft& draft) {
    draft.name = in.bounded_text("name", in.rules().name_characters);
  });
}

operation read_read(members_reader& in) {
  return request::mark_read{in.id<conversation_id>("conversation"), in.number("seq", 0, id_max)};
}

operation read_typing(members_reader& in) { return request::typing{in.id<conversation_id>("conversation")}; }

template <class Op>
operation read_presence_op(members_reader& in) {
  auto users = in.users("users");
  if (users.size() > watched_users_a_call)
    in.wrong({errc::too_large, "'users' has more than 500 users; ask several times", {}});
  std::erase(users, user_id{});
  return Op{std::move(users)};
}

operation read_search(members_reader& in) {
  request::search op;
  op.text = in.bounded_text("text", search_characters_max);
  if (const auto named = in.optional_text("conversation"))
    op.conversation = parse_id<conversation_id>(*named).value_or(conversation_id{});
  op.cursor = in.optional_text("cursor");
  op.limit =
      static_cast<std::size_t>(in.optional_number("limit", 1, search_limit_max).value_or(search_limit_max));
  return op;
}

operation read_signal(members_reader& in) {
  request::signal op;
  op.user = in.id<user_id>("user");
  dom::element payload;
  if (in.object().at_key("payload").get(payload)) {
    in.wrong(bad("'payload' is missing"));
    return op;
  }
  op.payload = simdjson::minify(payload);
  if (op.payload.size() > payload_bytes_max)
    in.wrong({errc::too_large, "'payload' has more than 16 KiB", {}});
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
    {"read", read_read},
    {"typing", read_typing},
    {"edit", read_edit},
    {"delete", read_delete},
    {"add_member", read_add_member},
    {"remove_member", read_remove_member},
    {"set_role", read_set_role},
    {"leave", read_leave},
    {"rename", read_rename},
    {"watch_presence", read_presence_op<request::watch_presence>},
    {"unwatch_presence", read_presence_op<request::unwatch_presence>},
    {"search", read_search},
    {"block", [](members_reader& in) -> operation { return request::block{in.id<user_id>("user")}; }},
    {"unblock", [](members_reader& in) -> operation { return request::unblock{in.id<user_id>("user")}; }},
    {"blocked", [](members_reader&) -> operation { return request::blocked{}; }},
    {"signal", read_signal},
    {"logout", [](members_reader&) -> operation { return request::logout{}; }},
};

/// A request that names its conversation, or whom it signals, wrongly (not at all, or by something else
/// than a string) has nothing to be checked first.
bool lacks_address(const dom::object& members, const operation& op) {
  std::string_view text;
  if (std::holds_alternative<request::signal>(op)) return members.at_key("user").get(text);
  const bool names_conversation =
      std::holds_alternative<request::write>(op) || std::holds_alternative<request::history>(op) ||
      std::holds_alternative<request::mark_read>(op) || std::holds_alternative<request::typing>(op) ||
      std::holds_alternative<request::members>(op);
  return names_conversation && members.at_key("conversation").get(text);
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
  if (lacks_address(members, op)) return;
  request.op = std::move(op);
}

}  // namespace

request_decoder::request_decoder(const limits& rules) : rules_(rules), parser_(std::make_unique<parser>()) {}
request_decoder::~request_decoder() = default;

decoded_frame request_decoder::decode(std::string_view text) {
  dom::element whole;
  // simdjson copies from where the text lies, and an empty one may lie nowhere.
  if (text.empty()) return not_the_protocol{"a frame was empty"};
  auto problem = parser_->json.parse(text.data(), text.size()).get(whole);
  client_request request;
  if (problem == simdjson::STRING_ERROR || problem == simdjson::NUMBER_ERROR) {
    // The parser names the first of them only.
    const auto whole_texts = without_lone_surrogates(text);
    auto cleaned = without_huge_numbers(whole_texts);
    if (cleaned != whole_texts) request.defect = bad("a number is too large");
    problem = parser_->json.parse(cleaned).get(whole);
  }
  if (problem) return not_the_protocol{"a frame was not JSON"};
  if (!whole.is_object()) return not_the_protocol{"a frame was not a JSON object"};
  if (whole.at_key("id").get(request.id) || request.id < 1 || request.id > id_max)
    return not_the_protocol{"a request had no usable id (1 to 2^53 - 1)"};
  read_operation(whole, rules_, request);
  return request;
}

}  // namespace parley
