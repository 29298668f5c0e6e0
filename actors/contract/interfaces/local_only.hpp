#pragma once

#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/contract/interfaces/local_messages.hpp"
#include "actors/contract/interfaces/log_reader_actor.hpp"
#include "actors/contract/interfaces/log_writer_actor.hpp"
#include "actors/contract/interfaces/messages.hpp"
#include "actors/contract/interfaces/relay_actor.hpp"

/// Tells CAF that these messages stay within the process: no actor of this house speaks to another
/// process by handle, so none of them is ever serialised.
#define PARLEY_LOCAL_MESSAGE(name) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(parley::name)

PARLEY_LOCAL_MESSAGE(write_entry)
PARLEY_LOCAL_MESSAGE(write_answered)
PARLEY_LOCAL_MESSAGE(resend_wanted)
PARLEY_LOCAL_MESSAGE(entry_published)
PARLEY_LOCAL_MESSAGE(entry_delivered)
PARLEY_LOCAL_MESSAGE(membership_changed)
PARLEY_LOCAL_MESSAGE(subscribe_node)
PARLEY_LOCAL_MESSAGE(unsubscribe_node)
PARLEY_LOCAL_MESSAGE(topic_subscribed)
PARLEY_LOCAL_MESSAGE(owners_changed)
PARLEY_LOCAL_MESSAGE(token_revoked)
PARLEY_LOCAL_MESSAGE(stop_actor)
PARLEY_LOCAL_MESSAGE(request_received)
PARLEY_LOCAL_MESSAGE(outbox_drained)
PARLEY_LOCAL_MESSAGE(connection_closed)
PARLEY_LOCAL_MESSAGE(logout_finished)
PARLEY_LOCAL_MESSAGE(session_tick)
PARLEY_LOCAL_MESSAGE(topics_ready)
PARLEY_LOCAL_MESSAGE(relay_tick)
PARLEY_LOCAL_MESSAGE(passivate)
PARLEY_LOCAL_MESSAGE(sleep_wanted)
PARLEY_LOCAL_MESSAGE(shard_tick)
PARLEY_LOCAL_MESSAGE(shards_acquired)
PARLEY_LOCAL_MESSAGE(shards_lost)
PARLEY_LOCAL_MESSAGE(shards_refused)
PARLEY_LOCAL_MESSAGE(shard_taken)
PARLEY_LOCAL_MESSAGE(shard_gone)
PARLEY_LOCAL_MESSAGE(append_finished)
PARLEY_LOCAL_MESSAGE(append_failed)
PARLEY_LOCAL_MESSAGE(flush_batch)
PARLEY_LOCAL_MESSAGE(writer_tick)
PARLEY_LOCAL_MESSAGE(append_entry)
PARLEY_LOCAL_MESSAGE(register_session)
PARLEY_LOCAL_MESSAGE(session_identified)
PARLEY_LOCAL_MESSAGE(subscribe_session)
PARLEY_LOCAL_MESSAGE(session_ended)
PARLEY_LOCAL_MESSAGE(read_token)
PARLEY_LOCAL_MESSAGE(read_revocations)
PARLEY_LOCAL_MESSAGE(read_conversation)
PARLEY_LOCAL_MESSAGE(read_repeat)
PARLEY_LOCAL_MESSAGE(read_created)
PARLEY_LOCAL_MESSAGE(read_conversations_of)
PARLEY_LOCAL_MESSAGE(read_views)
PARLEY_LOCAL_MESSAGE(read_members)
PARLEY_LOCAL_MESSAGE(read_history)
PARLEY_LOCAL_MESSAGE(read_membership)
PARLEY_LOCAL_MESSAGE(read_entries_after)
PARLEY_LOCAL_MESSAGE(read_known_users)
PARLEY_LOCAL_MESSAGE(read_users_by_prefix)
PARLEY_LOCAL_MESSAGE(read_now)
PARLEY_LOCAL_MESSAGE(read_result<parley::token_holder>)
PARLEY_LOCAL_MESSAGE(read_result<std::vector<parley::token_id>>)
PARLEY_LOCAL_MESSAGE(read_result<parley::conversation_record>)
PARLEY_LOCAL_MESSAGE(read_result<std::optional<parley::append_result>>)
PARLEY_LOCAL_MESSAGE(read_result<std::vector<parley::conversation_head>>)
PARLEY_LOCAL_MESSAGE(read_result<std::vector<parley::conversation_view>>)
PARLEY_LOCAL_MESSAGE(read_result<parley::reply::members>)
PARLEY_LOCAL_MESSAGE(read_result<parley::entries_page>)
PARLEY_LOCAL_MESSAGE(read_result<bool>)
PARLEY_LOCAL_MESSAGE(read_result<std::vector<parley::user_info>>)
PARLEY_LOCAL_MESSAGE(read_result<parley::timestamp_ms>)

#undef PARLEY_LOCAL_MESSAGE
