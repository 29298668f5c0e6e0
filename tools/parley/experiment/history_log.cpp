#include "tools/parley/experiment/history_log.hpp"

#include <fmt/format.h>

#include <utility>

#include "tools/parley/experiment/schedule.hpp"

namespace parley::experiment {

namespace {

std::string_view name_of(came_by how) {
  switch (how) {
    case came_by::push:
      return "push";
    case came_by::sync:
      return "sync";
    case came_by::history:
      break;
  }
  return "history";
}

}  // namespace

client::outcome<void> history_log::open(const std::filesystem::path& folder) {
  if (auto done =
          sends_.open(folder / "sends.csv",
                      "message,person,group,planned_us,sent_us,acknowledged_us,seq,attempts,characters,"
                      "error");
      done.has_error())
    return done;
  if (auto done =
          deliveries_.open(folder / "deliveries.csv", "at_us,person,connection,group,seq,message,how");
      done.has_error())
    return done;
  return sessions_.open(folder / "sessions.csv", "at_us,person,connection,node,what,why");
}

microseconds history_log::now() const {
  if (begin_ == clock::time_point::max()) return microseconds{0};
  return std::chrono::duration_cast<microseconds>(clock::now() - begin_);
}

void history_log::delivered(const delivery& what) {
  seen_.deliveries.push_back(what);
  if (what.message != nobody) ++counts_.delivered;
  deliveries_.row(fmt::format(
      "{},{},{},{},{},{},{}", what.at.count(), what.person + 1, what.connection, what.group + 1, what.seq,
      what.message == nobody ? std::string{} : std::to_string(what.message), name_of(what.how)));
}

void history_log::finished(std::uint32_t message) {
  const auto& what = seen_.sent[message];
  if (what.acknowledged != never) ++counts_.acknowledged;
  sends_.row(fmt::format("{},{},{},{},{},{},{},{},{},{}", message, what.person + 1, what.group + 1,
                         what.planned.count(), moment_cell(what.sent), moment_cell(what.acknowledged),
                         what.seq == 0 ? std::string{} : std::to_string(what.seq), what.attempts,
                         what.characters, csv_cell(what.error)));
}

void history_log::session(std::uint32_t person, std::uint32_t connection, std::size_t node,
                          std::string_view what, std::string_view why) {
  sessions_.row(fmt::format("{},{},{},{},{},{}", now().count(), person + 1, connection, node_name(node), what,
                            csv_cell(why)));
}

void history_log::flush() {
  sends_.flush();
  deliveries_.flush();
  sessions_.flush();
}

history_log::counts history_log::take_counts() { return std::exchange(counts_, {}); }

}  // namespace parley::experiment
