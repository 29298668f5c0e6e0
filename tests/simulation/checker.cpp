#include "tests/simulation/checker.hpp"

#include "tests/simulation/history_index.hpp"

namespace parley::simulation {

std::vector<std::string> broken_promises(const history& past) {
  history_index index(past);
  check_log(index);
  check_locks(index);
  check_rules(index);
  check_answers(index);
  check_refusals(index);
  check_reads(index);
  check_order(index);
  check_feeds(index, past.settled);
  check_people(index, past.settled);
  return index.broken;
}

}  // namespace parley::simulation
