#include "transport/protocol/json_encoder.hpp"

#include <utility>

#include "transport/protocol/json_writer.hpp"

namespace parley {

namespace {

constexpr std::size_t header_max = 10;

/// Puts the frame's header in front of a payload that was written behind `header_max` reserved bytes.
frame finish(std::string bytes) {
  const auto size = bytes.size() - header_max;
  const std::size_t header = size < 126 ? 2 : size < 65'536 ? 4 : 10;
  const auto at = header_max - header;
  bytes[at] = static_cast<char>(0x81);  // FIN, text
  if (header == 2) {
    bytes[at + 1] = static_cast<char>(size);
  } else {
    const std::size_t digits = header - 2;
    bytes[at + 1] = static_cast<char>(digits == 2 ? 126 : 127);
    for (std::size_t i = 0; i < digits; ++i)
      bytes[at + 2 + i] = static_cast<char>((size >> (8 * (digits - 1 - i))) & 0xFFU);
  }
  if (at != 0) bytes.erase(0, at);
  return std::make_shared<const encoded_frame>(encoded_frame{std::move(bytes), header});
}

std::string begin(std::size_t expected = 200) {
  std::string bytes;
  bytes.reserve(header_max + expected);
  bytes.assign(header_max, '\0');
  return bytes;
}

void write_ids(json_writer& to, const std::vector<user_id>& users) {
  to.raw("[");
  for (const auto user : users) to.separate().id(user);
  to.raw("]");
}

/// The text of a message or of its edit. An edit that is read later tells the message's newest text too,
/// so whoever applies entries one after the other never brings an older text back.
void write_text_as_it_is_now(json_writer& to, const entry& from) {
  if (from.deleted) {
    to.member("deleted").boolean(true);
    return;
  }
  to.member("text").text(from.content.text);
  if (from.edited) to.member("edited").boolean(true);
}

void write_entry(json_writer& to, const entry& from) {
  const auto& content = from.content;
  to.raw("{").member("conversation").id(from.conversation).member("seq").number(from.seq);
  to.member("kind").raw("\"").raw(to_text(content.kind)).raw("\"");
  to.member("sender").id(from.sender).member("at").time(from.at);
  if (!content.key.empty()) to.member("key").text(content.key);
  switch (content.kind) {
    case entry_kind::create:
      to.member("members");
      write_ids(to, content.members);
      if (content.name) to.member("name").text(*content.name);
      break;
    case entry_kind::message:
      write_text_as_it_is_now(to, from);
      break;
    case entry_kind::edit:
      to.member("target").number(content.target);
      write_text_as_it_is_now(to, from);
      break;
    case entry_kind::erase:
      to.member("target").number(content.target);
      break;
    case entry_kind::join:
    case entry_kind::leave:
      to.member("user").id(content.user);
      break;
    case entry_kind::role:
      to.member("user").id(content.user).member("role").raw("\"").raw(to_text(content.role)).raw("\"");
      break;
    case entry_kind::rename:
      to.member("name").text(content.name.value_or(""));
      break;
  }
  to.raw("}");
}

void write_user(json_writer& to, const user_info& user) {
  to.raw("{").member("id").id(user.id).member("name").text(user.name).raw("}");
}

void write_members(json_writer& to, const std::vector<member_info>& members) {
  to.raw("[");
  for (const auto& member : members) {
    to.separate().raw("{").member("user").id(member.user).member("name").text(member.name);
    to.member("role")
        .raw("\"")
        .raw(to_text(member.role))
        .raw("\"")
        .member("read")
        .number(member.read)
        .raw("}");
  }
  to.raw("]");
}

void write_entries(json_writer& to, const std::vector<entry>& entries) {
  to.raw("[");
  for (const auto& each : entries) {
    to.separate();
    write_entry(to, each);
  }
  to.raw("]");
}

void write_presence(json_writer& to, const presence_state& state) {
  to.raw("{").member("user").id(state.user).member("online").boolean(state.online);
  if (state.last_seen) to.member("last_seen").time(*state.last_seen);
  to.raw("}");
}

enum class with_entries : std::uint8_t { yes, no };

void write_view(json_writer& to, const conversation_view& view, with_entries entries) {
  to.raw("{").member("id").id(view.id);
  to.member("kind").raw(view.kind == conversation_kind::direct ? "\"direct\"" : "\"group\"");
  if (view.name) to.member("name").text(*view.name);
  to.member("head").number(view.head).member("read").number(view.read).member("unread").number(view.unread);
  if (entries == with_entries::yes) {
    to.member("entries");
    write_entries(to, view.entries);
    if (view.gap) to.member("gap").boolean(true);
    if (view.reset) to.member("reset").boolean(true);
  }
  to.member("member_count").number(static_cast<std::int64_t>(view.member_count)).member("members");
  write_members(to, view.members);
  to.raw("}");
}

struct reply_writer {
  json_writer& to;

  void operator()(const reply::nothing& /*empty*/) const { to.raw("{}"); }
  void operator()(const reply::identified& reply) const {
    to.raw("{").member("user");
    write_user(to, reply.user);
    to.member("session").id(reply.session).member("node").text(reply.node).raw("}");
  }
  void operator()(const reply::pong& reply) const { to.raw("{").member("now").time(reply.now).raw("}"); }
  void operator()(const reply::synced& reply) const {
    to.raw("{").member("epoch").text(reply.epoch).member("conversations").raw("[");
    for (const auto& view : reply.conversations) {
      to.separate();
      write_view(to, view, with_entries::yes);
    }
    to.raw("]");
    if (reply.cursor) to.member("cursor").text(*reply.cursor);
    to.raw("}");
  }
  void operator()(const reply::members& reply) const {
    to.raw("{").member("members");
    write_members(to, reply.members);
    if (reply.cursor) to.member("cursor").text(*reply.cursor);
    to.raw("}");
  }
  void operator()(const entries_page& reply) const {
    to.raw("{").member("entries");
    write_entries(to, reply.entries);
    to.member("more").boolean(reply.more).raw("}");
  }
  void operator()(const written& reply) const {
    to.raw("{").member("seq").number(reply.seq).member("at").time(reply.at);
    to.member("duplicate").boolean(reply.duplicate).raw("}");
  }
  void operator()(const reply::opened& reply) const {
    to.raw("{").member("conversation").id(reply.conversation);
    if (reply.duplicate) to.member("duplicate").boolean(*reply.duplicate);
    to.raw("}");
  }
  void operator()(const reply::marked_read& reply) const {
    to.raw("{").member("seq").number(reply.seq).raw("}");
  }
  void operator()(const reply::presence_states& reply) const {
    to.raw("{").member("states").raw("[");
    for (const auto& state : reply.states) {
      to.separate();
      write_presence(to, state);
    }
    to.raw("]}");
  }
  void operator()(const reply::entries_found& reply) const {
    to.raw("{").member("entries");
    write_entries(to, reply.entries);
    if (reply.cursor) to.member("cursor").text(*reply.cursor);
    to.raw("}");
  }
  void operator()(const reply::blocked_users& reply) const {
    to.raw("{").member("users");
    write_ids(to, reply.users);
    to.raw("}");
  }
  void operator()(const reply::signalled& reply) const {
    to.raw("{").member("devices").number(static_cast<std::int64_t>(reply.devices)).raw("}");
  }
  void operator()(const reply::users_found& reply) const {
    to.raw("{").member("users").raw("[");
    for (const auto& user : reply.users) {
      to.separate();
      write_user(to, user);
    }
    to.raw("]}");
  }
};

void write_limits(json_writer& to, const limits& rules) {
  const auto size = [&](std::string_view name, std::size_t value) {
    to.member(name).number(static_cast<std::int64_t>(value));
  };
  to.raw("{");
  size("text_characters", rules.text_characters);
  size("name_characters", rules.name_characters);
  size("group_members", rules.group_members);
  size("frame_bytes", rules.frame_bytes);
  size("unanswered_requests", rules.unanswered_requests);
  size("unanswered_bytes", rules.unanswered_bytes);
  size("devices", rules.devices);
  size("sends_per_second", rules.sends_per_second);
  size("sends_burst", rules.sends_burst);
  to.raw("}");
}

struct event_writer {
  json_writer& to;

  void operator()(const event::hello& hello) const {
    to.raw("\"hello\",\"d\":{").member("protocol").text("parley.v1").member("node").text(hello.node);
    to.member("epoch").text(hello.epoch).member("limits");
    write_limits(to, hello.limits);
    to.member("ping_ms").number(hello.limits.ping_interval.count()).raw("}");
  }
  void operator()(const entry& shown) const {
    to.raw("\"entry\",\"d\":");
    write_entry(to, shown);
  }
  void operator()(const event::conversation_changed& changed) const {
    to.raw("\"conversation\",\"d\":");
    write_view(to, changed.view, with_entries::no);
  }
  void operator()(const event::presence& presence) const {
    to.raw("\"presence\",\"d\":");
    write_presence(to, presence.state);
  }
  void operator()(const event::receipts& receipts) const {
    to.raw("\"receipts\",\"d\":{").member("conversation").id(receipts.conversation).member("read").raw("{");
    for (const auto& [user, seq] : receipts.read) to.separate().id(user).raw(":").number(seq);
    to.raw("}}");
  }
  void operator()(const event::typing& typing) const {
    to.raw("\"typing\",\"d\":{").member("conversation").id(typing.conversation);
    to.member("user").id(typing.user).raw("}");
  }
  void operator()(const event::signal& signal) const {
    to.raw("\"signal\",\"d\":{").member("from").id(signal.from);
    to.member("payload").raw(signal.payload).raw("}");
  }
  void operator()(const event::lagging& lagging) const {
    to.raw("\"lagging\",\"d\":{").member("conversation").id(lagging.conversation);
    to.member("head").number(lagging.head).raw("}");
  }
  void operator()(const event::reconnect& reconnect) const {
    to.raw("\"reconnect\",\"d\":{").member("retry_after_ms").number(reconnect.retry_after.count()).raw("}");
  }
};

}  // namespace

std::string error_object(const failure& problem) {
  std::string text;
  json_writer to{text};
  to.raw("{").member("code").text(to_text(problem.code)).member("message").text(problem.message);
  to.member("temporary").boolean(is_temporary(problem.code));
  if (problem.retry_after) to.member("retry_after_ms").number(problem.retry_after->count());
  to.raw("}");
  return text;
}

frame json_encoder::encode_reply(request_id id, const client_reply& reply) const {
  auto bytes = begin();
  json_writer to{bytes};
  to.raw("{\"id\":").number(id).raw(",\"ok\":true,\"d\":");
  std::visit(reply_writer{to}, reply);
  to.raw("}");
  return finish(std::move(bytes));
}

frame json_encoder::encode_refusal(request_id id, const failure& problem) const {
  auto bytes = begin();
  json_writer to{bytes};
  to.raw("{\"id\":").number(id).raw(",\"ok\":false,\"error\":").raw(error_object(problem)).raw("}");
  return finish(std::move(bytes));
}

frame json_encoder::encode_event(const client_event& event) const {
  const auto* shown = std::get_if<entry>(&event);
  auto bytes = begin(200 + (shown != nullptr ? shown->content.text.size() : 0));
  json_writer to{bytes};
  to.raw("{\"ev\":");
  std::visit(event_writer{to}, event);
  to.raw("}");
  return finish(std::move(bytes));
}

}  // namespace parley
