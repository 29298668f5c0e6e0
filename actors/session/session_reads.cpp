#include <algorithm>
#include <caf/all.hpp>
#include <unordered_map>
#include <utility>

#include "actors/log_reader/ask_log.hpp"
#include "actors/session/session.hpp"

// Requests that read: straight from the log, membership checked in the reading statement.
namespace parley {

namespace {

constexpr std::size_t page_conversations = 100;

/// Cursors of `sync` name a chain kept by the session and a position in it: the list was fixed when
/// the chain began, so that activity in between moves nothing out of sight.
std::string cursor_text(std::uint64_t chain, std::size_t from) {
  return std::to_string(chain) + "." + std::to_string(from);
}

}  // namespace

template <class T>
void session_state::answer_read(const ordered_read& asked, outcome<T> result) {
  // It may have been refused together with an earlier one.
  if (phase_ != phase::identified || !order_.is_running(asked.conversation, asked.ordinal)) return;
  if (result.has_value()) {
    reply(asked.id, client_reply{std::move(result.value())});
  } else {
    refuse(asked.id, result.error());
    if (is_temporary(result.error().code)) {
      for (const auto later : order_.take_running_after(asked.conversation, asked.ordinal))
        refuse(later, result.error());
      refuse_later(asked.conversation, result.error());
    }
  }
  finish_ordered(asked.conversation, asked.ordinal);
}

void session_state::read_in_order(const client_request& request, conversation_id conversation) {
  if (!conversation) return refuse(request.id, no_such_conversation());
  if (refused_with_earlier(request, conversation)) return;
  if (order_.enter(conversation, request_order::lane::read, request)) start_ordered(request, conversation);
}

void session_state::start_ordered(const client_request& request, conversation_id conversation) {
  if (const auto* page = std::get_if<request::history>(&request.op)) {
    history(request, *page);
  } else if (const auto* list = std::get_if<request::members>(&request.op)) {
    members(request, *list);
  } else {
    start_asking(request, conversation);
  }
}

void session_state::finish_ordered(conversation_id conversation, std::uint64_t ordinal) {
  for (const auto& next : order_.leave(conversation, ordinal)) start_ordered(next, conversation);
}

void session_state::sync(const client_request& request, const request::sync& wanted) {
  if (request.defect) return refuse(request.id, *request.defect);
  if (wanted.cursor) return continue_sync(request.id, *wanted.cursor);
  if (!conversations_listed_ || !topics_awaited_.empty()) {
    syncs_waiting_.push_back(request);
    if (!conversations_listed_) ensure_tick();
    return;
  }
  start_sync(request.id, wanted);
}

void session_state::start_sync(request_id id, const request::sync& wanted) {
  ask_log<std::vector<conversation_head>>(
      self(), where(), user_.id, read_conversations_of{user_.id},
      [this, id, wanted](outcome<std::vector<conversation_head>> read) {
        if (phase_ != phase::identified) return;
        if (read.has_error()) return refuse(id, read.error());
        const bool other_epoch = wanted.epoch && *wanted.epoch != setup_.shared->epoch();
        const std::unordered_map<conversation_id, sequence> have(wanted.have.begin(), wanted.have.end());
        sync_chain chain;
        chain.tail = wanted.tail;
        for (const auto& known : read.value()) {
          const auto before = have.find(known.conversation);
          chain.items.push_back(
              {known.conversation, before == have.end() || other_epoch ? 0 : before->second});
          chain.reset.push_back(other_epoch && before != have.end());
        }
        adopt(read.value());
        const auto number = ++last_chain_;
        chains_.emplace(number, std::make_shared<const sync_chain>(std::move(chain)));
        if (chains_.size() > 2) chains_.erase(chains_.begin());
        sync_page(id, number, 0, std::move(read.value()));
      });
}

void session_state::continue_sync(request_id id, const std::string& cursor) {
  for (const auto& [number, chain] : chains_) {
    const auto prefix = std::to_string(number) + ".";
    if (!cursor.starts_with(prefix)) continue;
    const auto from = parse_id<strong_id<void>>(std::string_view(cursor).substr(prefix.size()));
    if (!from || static_cast<std::size_t>(from->value) >= chain->items.size()) break;
    return sync_page(id, number, static_cast<std::size_t>(from->value), {});
  }
  refuse(id, {errc::bad_request, "this cursor is not (or no longer) known here: start with a new sync", {}});
}

void session_state::sync_page(request_id id, std::uint64_t number, std::size_t from,
                              std::vector<conversation_head> heads) {
  // Kept by the page under way: newer ones may push it out meanwhile.
  const auto chain = chains_.at(number);
  const auto size = std::min(page_conversations, chain->items.size() - from);
  const auto first = chain->items.begin() + static_cast<std::ptrdiff_t>(from);
  auto done = [this, id, chain, number, from, size,
               heads = std::move(heads)](outcome<std::vector<conversation_view>> read) {
    if (phase_ != phase::identified) return;
    if (read.has_error()) return refuse(id, read.error());
    const auto& of = *chain;
    auto& views = read.value();
    // What the user is no member of any more is left out; the page may also stop early.
    std::size_t reached = from;
    for (auto& view : views) {
      const auto place = std::find_if(of.items.begin() + static_cast<std::ptrdiff_t>(from), of.items.end(),
                                      [&](const auto& item) { return item.conversation == view.id; });
      const auto index = static_cast<std::size_t>(place - of.items.begin());
      if (index < of.items.size() && of.reset[index]) view.reset = true;
      reached = std::max(reached, index + 1);
    }
    if (views.empty()) reached = from + size;
    reply::synced answer{setup_.shared->epoch(), {}, {}};
    if (reached < of.items.size()) {
      answer.cursor = cursor_text(number, reached);
    } else if (from == 0) {
      chains_.erase(number);  // no cursor names it
    }
    if (!feeds_.begun()) begin_feeds(heads, views);
    for (const auto& view : views) {
      if (feeds_.needs_description(view.id)) look_at_rights_soon();
      feeds_.described(view.id, view.joined);
    }
    answer.conversations = std::move(views);
    reply(id, client_reply{std::move(answer)});
    mend();
  };
  ask_log<std::vector<conversation_view>>(
      self(), where(), user_.id,
      read_views{user_.id, {first, first + static_cast<std::ptrdiff_t>(size)}, chain->tail}, std::move(done));
}

void session_state::begin_feeds(std::vector<conversation_head> heads,
                                const std::vector<conversation_view>& first_page) {
  // The first page of the first `sync` fixes where pushes begin: for what it shows at the heads shown,
  // for all others at the heads read before it.
  std::unordered_map<conversation_id, sequence> told;
  for (const auto& view : first_page) told.emplace(view.id, view.head);
  for (auto& known : heads)
    if (const auto found = told.find(known.conversation); found != told.end()) known.head = found->second;
  feeds_.begin(heads);
}

void session_state::refuse_unless_stranger(const client_request& request, conversation_id conversation) {
  // Membership comes first, so that a mistake in the request tells a stranger nothing.
  ask_log<bool>(self(), where(), conversation, read_membership{user_.id, conversation},
                [this, asked = ordered_read{request.id, request.ordinal, conversation},
                 defect = *request.defect](const outcome<bool>& member) {
                  if (member.has_error()) return answer_read(asked, outcome<entries_page>{member.error()});
                  answer_read(asked, outcome<entries_page>{member.value() ? defect : no_such_conversation()});
                });
}

void session_state::history(const client_request& request, const request::history& wanted) {
  if (request.defect) return refuse_unless_stranger(request, wanted.conversation);
  ask_log<entries_page>(
      self(), where(), wanted.conversation,
      read_history{user_.id, wanted.conversation, wanted.before, wanted.after, wanted.limit},
      [this, asked = ordered_read{request.id, request.ordinal, wanted.conversation}](
          outcome<entries_page> page) { answer_read(asked, std::move(page)); });
}

void session_state::members(const client_request& request, const request::members& wanted) {
  if (request.defect) return refuse_unless_stranger(request, wanted.conversation);
  ask_log<reply::members>(self(), where(), wanted.conversation,
                          read_members{user_.id, wanted.conversation, wanted.cursor},
                          [this, asked = ordered_read{request.id, request.ordinal, wanted.conversation}](
                              outcome<reply::members> page) { answer_read(asked, std::move(page)); });
}

void session_state::find_users(const client_request& request, const request::find_users& wanted) {
  if (request.defect) return refuse(request.id, *request.defect);
  ask_log<std::vector<user_info>>(self(), where(), user_.id,
                                  read_users_by_prefix{wanted.prefix, wanted.limit},
                                  [this, id = request.id](outcome<std::vector<user_info>> found) {
                                    if (phase_ != phase::identified) return;
                                    if (found.has_error()) return refuse(id, found.error());
                                    reply(id, reply::users_found{std::move(found.value())});
                                  });
}

}  // namespace parley
