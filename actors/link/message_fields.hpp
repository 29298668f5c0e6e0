#pragma once

#include "actors/contract/interfaces/cluster_messages.hpp"
#include "actors/link/archive.hpp"

/// Every struct that crosses nodes, all its fields in the order written. They are taken apart by structured
/// bindings, so that a field that is added elsewhere and forgotten here does not compile.
namespace parley::link_bytes {

// Anything else is no message of ours.
template <>
struct values_of<topic_kind> {
  static constexpr auto first = topic_kind::none, last = topic_kind::presence;
};
template <>
struct values_of<errc> {
  static constexpr auto first = errc::bad_request, last = errc::internal;
};
template <>
struct values_of<entry_kind> {
  static constexpr auto first = entry_kind::create, last = entry_kind::rename;
};
template <>
struct values_of<member_role> {
  static constexpr auto first = member_role::owner, last = member_role::member;
};
template <>
struct values_of<node_state> {
  static constexpr auto first = node_state::starting, last = node_state::secluded;
};
/// Whatever a WebSocket can carry.
template <>
struct values_of<close_code> {
  static constexpr auto first = close_code::going_away, last = close_code{4999};
};

/// A shard names a place in tables.
template <>
struct rule<shard_index> {
  static void write(packer& to, shard_index value) { to.number(value.value); }
  static void read(unpacker& from, shard_index& value) {
    from.number(value.value);
    if (value.value < 0 || value.value >= shard_count) from.refuse();
  }
};

template <class Archive>
void fields(Archive& each, archived<Archive, topic>& of) {
  auto& [kind, id] = of;
  each(kind, id);
}
template <class Archive>
void fields(Archive& each, archived<Archive, address>& of) {
  auto& [node, session] = of;
  each(node, session);
}
template <class Archive>
void fields(Archive& each, archived<Archive, trace_context>& of) {
  auto& [trace, span, at_ns] = of;
  each(trace, span, at_ns);
}
template <class Archive>
void fields(Archive& each, archived<Archive, envelope>& of) {
  auto& [entity, origin, trace] = of;
  each(entity, origin, trace);
}
template <class Archive>
void fields(Archive& each, archived<Archive, failure>& of) {
  auto& [code, message, retry_after] = of;
  each(code, message, retry_after);
}
template <class Archive>
void fields(Archive& each, archived<Archive, entry_draft>& of) {
  auto& [kind, key, text, target, user, role, name, members] = of;
  each(kind, key, text, target, user, role, name, members);
}
template <class Archive>
void fields(Archive& each, archived<Archive, entry>& of) {
  auto& [conversation, seq, at, sender, content, edited, deleted] = of;
  each(conversation, seq, at, sender, content, edited, deleted);
}
template <class Archive>
void fields(Archive& each, archived<Archive, written>& of) {
  auto& [conversation, seq, at, duplicate] = of;
  each(conversation, seq, at, duplicate);
}
template <class Archive>
void fields(Archive& each, archived<Archive, read_mark>& of) {
  auto& [seq] = of;
  each(seq);
}
template <class Archive>
void fields(Archive& /*each*/, archived<Archive, typing_notice>& /*of*/) {
  static_assert(std::is_empty_v<typing_notice>);
}
template <class Archive>
void fields(Archive& /*each*/, archived<Archive, look_at_blocks>& /*of*/) {
  static_assert(std::is_empty_v<look_at_blocks>);
}
template <class Archive>
void fields(Archive& each, archived<Archive, event::receipts>& of) {
  auto& [conversation, read] = of;
  each(conversation, read);
}
template <class Archive>
void fields(Archive& each, archived<Archive, event::typing>& of) {
  auto& [conversation, user] = of;
  each(conversation, user);
}
template <class Archive>
void fields(Archive& each, archived<Archive, presence_state>& of) {
  auto& [user, online, last_seen] = of;
  each(user, online, last_seen);
}

// To a shard.
template <class Archive>
void fields(Archive& each, archived<Archive, ask_conversation>& of) {
  auto& [header, conversation, sender, line, number, ordinal, what, defect] = of;
  each(header, conversation, sender, line, number, ordinal, what, defect);
}
template <class Archive>
void fields(Archive& each, archived<Archive, subscribe_node>& of) {
  auto& [header] = of;
  each(header);
}
template <class Archive>
void fields(Archive& each, archived<Archive, unsubscribe_node>& of) {
  auto& [header] = of;
  each(header);
}
template <class Archive>
void fields(Archive& each, archived<Archive, membership_changed>& of) {
  auto& [header, conversation, users] = of;
  each(header, conversation, users);
}
template <class Archive>
void fields(Archive& each, archived<Archive, rights_changed>& of) {
  auto& [header] = of;
  each(header);
}
template <class Archive>
void fields(Archive& each, archived<Archive, session_opened>& of) {
  auto& [header, device] = of;
  each(header, device);
}
template <class Archive>
void fields(Archive& each, archived<Archive, session_closed>& of) {
  auto& [header] = of;
  each(header);
}
template <class Archive>
void fields(Archive& each, archived<Archive, signal_sent>& of) {
  auto& [header, from, request, payload] = of;
  each(header, from, request, payload);
}

// To a relay.
template <class Archive>
void fields(Archive& each, archived<Archive, published_entry>& of) {
  auto& [header, entry] = of;
  each(header, entry);
}
template <class Archive>
void fields(Archive& each, archived<Archive, entries_published>& of) {
  auto& [header, entries] = of;
  each(header, entries);
  // Who gets it looks at the first and the last.
  if constexpr (Archive::reads)
    if (each.ok() && entries->empty()) each.refuse();
}
template <class Archive>
void fields(Archive& each, archived<Archive, conversation_answered>& of) {
  auto& [header, conversation, line, number, result] = of;
  each(header, conversation, line, number, result);
}
template <class Archive>
void fields(Archive& each, archived<Archive, resend_wanted>& of) {
  auto& [header, conversation, line] = of;
  each(header, conversation, line);
}
template <class Archive>
void fields(Archive& each, archived<Archive, topic_subscribed>& of) {
  auto& [header, head, owner] = of;
  each(header, head, owner);
}
template <class Archive>
void fields(Archive& each, archived<Archive, news_published>& of) {
  auto& [header, news] = of;
  each(header, news);
}
template <class Archive>
void fields(Archive& each, archived<Archive, presence_changed>& of) {
  auto& [state, settled] = of;
  each(state, settled);
}
template <class Archive>
void fields(Archive& each, archived<Archive, presences_changed>& of) {
  auto& [owner, news] = of;
  each(owner, news);
}
template <class Archive>
void fields(Archive& each, archived<Archive, signal_answered>& of) {
  auto& [header, request, devices, was_taken] = of;
  each(header, request, devices, was_taken);
}
template <class Archive>
void fields(Archive& each, archived<Archive, session_superseded>& of) {
  auto& [header, why] = of;
  each(header, why);
}

// To placement.
template <class Archive>
void fields(Archive& each, archived<Archive, node_announced>& of) {
  auto& [node, state, reaches_database, shards] = of;
  each(node, state, reaches_database, shards);
}
template <class Archive>
void fields(Archive& each, archived<Archive, shards_wanted>& of) {
  auto& [by, shards] = of;
  each(by, shards);
}

// To a forwarder.
template <class Archive>
void fields(Archive& each, archived<Archive, call_head>& of) {
  auto& [method, target, authorization, content_type, is_alone] = of;
  each(method, target, authorization, content_type, is_alone);
}
template <class Archive>
void fields(Archive& each, archived<Archive, answer_head>& of) {
  auto& [status, fields_of_it] = of;
  each(status, fields_of_it);
}
template <class Archive>
void fields(Archive& each, archived<Archive, call_forwarded>& of) {
  auto& [from, number, head, piece, is_last] = of;
  each(from, number, head, piece, is_last);
}
template <class Archive>
void fields(Archive& each, archived<Archive, call_answered>& of) {
  auto& [from, number, head, piece, is_last] = of;
  each(from, number, head, piece, is_last);
}
template <class Archive>
void fields(Archive& each, archived<Archive, call_bytes_taken>& of) {
  auto& [from, bytes] = of;
  each(from, bytes);
}

}  // namespace parley::link_bytes
