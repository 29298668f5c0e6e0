#pragma once

#include <chrono>
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <vector>

#include "actors/contract/values/ports/search_index.hpp"
#include "persistence/watched_connection.hpp"

namespace parley {

/// The index behind `search` in PostgreSQL. Several may work on it at once, on one node or many. Connects
/// when first asked and again after a failure. What it commits may be lost with a crash of the server,
/// words and cursor together; then it is done again.
class postgres_search_index : public search_index {
public:
  postgres_search_index(const std::string& url, const std::string& node,
                        std::chrono::milliseconds call_limit = hung_after);

  /// Answers within a few seconds; when it has looked at much and found nothing, with a conversation that
  /// needs nothing, so that the caller asks again.
  outcome<std::vector<conversation_id>> behind(std::size_t most) override;
  outcome<void> catch_up(const std::vector<conversation_id>& conversations) override;

private:
  /// What one look at a part of the log came to.
  struct look {
    std::vector<conversation_id> found;
    bool at_the_end = false;
    conversation_id last;  // the last that was looked at
  };

  template <class Work>
  auto run(Work work) -> decltype(work(std::declval<pqxx::nontransaction&>()));
  look look_at_existing(pqxx::nontransaction& work, std::int64_t above, std::size_t most);
  look look_at_written(pqxx::nontransaction& work, const std::string& until, std::size_t most);

  std::string options_;
  std::chrono::milliseconds call_limit_;
  std::unique_ptr<watched_connection> connection_;
  std::chrono::milliseconds span_{60'000};  // of the log looked at in one statement
};

}  // namespace parley
