// What a reader connection finds by words.
#include <charconv>

#include "persistence/entry_rows.hpp"
#include "persistence/page_bytes.hpp"
#include "persistence/postgres_log_queries.hpp"
#include "persistence/search_statements.hpp"

namespace parley {

namespace {

/// Where a page of what was found ended; the next one begins below. As text "at.conversation.seq".
struct place_found {
  timestamp_ms at = 0;
  std::int64_t conversation = 0;
  sequence seq = 0;

  [[nodiscard]] std::string text() const {
    return std::to_string(at) + "." + std::to_string(conversation) + "." + std::to_string(seq);
  }
  static std::optional<place_found> from(std::string_view text) {
    place_found place;
    std::int64_t* const numbers[] = {&place.at, &place.conversation, &place.seq};
    const char* next = text.data();
    const char* const end = next + text.size();
    for (auto* const number : numbers) {
      if (number != numbers[0] && (next == end || *next++ != '.')) return std::nullopt;
      const auto [stop, problem] = std::from_chars(next, end, *number);
      if (problem != std::errc{} || *number < 0) return std::nullopt;
      next = stop;
    }
    // A moment that PostgreSQL's clock will not show for two centuries is no cursor of ours.
    if (next != end || place.at > 9'000'000'000'000) return std::nullopt;
    return place;
  }
};

/// The next candidates below `after`, at most one more than `most`.
pqxx::result find_below(pqxx::nontransaction& work, user_id user, const request::search& wanted,
                        const std::optional<place_found>& after, std::size_t most) {
  const auto none = std::optional<std::int64_t>{};
  return work.exec_params(query::search, user.value, wanted.text,
                          wanted.conversation ? std::optional{wanted.conversation->value} : none,
                          after ? std::optional{after->at} : none,
                          after ? std::optional{after->conversation} : none,
                          after ? std::optional{after->seq} : none, most + 1);
}

/// Appends what fits of the rows to the page and moves `after` to the last that was looked at; whether
/// there is more.
bool add_to_page(const pqxx::result& rows, std::size_t most, reply::entries_found& page, std::size_t& bytes,
                 std::optional<place_found>& after) {
  std::size_t looked_at = 0;
  for (const auto& row : rows) {
    if (looked_at++ == most) return true;
    const conversation_id conversation{row["conversation_id"].as<std::int64_t>()};
    if (!row["seq"].is_null()) {
      auto next = entry_from(row, conversation);
      bytes += page_bytes_of(next);
      if (!page.entries.empty() && bytes > page_content_bytes_max) return true;
      page.entries.push_back(std::move(next));
    }
    after =
        place_found{row["found_ms"].as<timestamp_ms>(), conversation.value, row["found_seq"].as<sequence>()};
  }
  return false;
}

}  // namespace

outcome<reply::entries_found> postgres_log_queries::search(user_id user, const request::search& wanted) {
  const auto after = wanted.cursor ? place_found::from(*wanted.cursor) : std::nullopt;
  return run([&](auto& work) -> outcome<reply::entries_found> {
    if (wanted.conversation &&
        !work.exec_prepared("is_member", user.value, wanted.conversation->value)[0][0].template as<bool>())
      return no_such_conversation();
    if (wanted.cursor && !after)
      return failure{errc::bad_request, "this cursor was not given by this server", {}};
    reply::entries_found page;
    auto from = after;
    std::size_t bytes = 0;
    // More than once only where everything found was deleted before the index knew.
    for (bool more = true; more && page.entries.empty();) {
      more = add_to_page(find_below(work, user, wanted, from, wanted.limit), wanted.limit, page, bytes, from);
      page.cursor = more ? std::optional{from->text()} : std::nullopt;
    }
    return page;
  });
}

}  // namespace parley
