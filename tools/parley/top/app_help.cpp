#include "tools/parley/top/app.hpp"

namespace parley::top {

const std::vector<std::string>& help_lines() {
  static const std::vector<std::string> lines{
      "Moving",
      "  up down, k j   one row       PgUp PgDn  a page       Home End  the ends",
      "  Enter, right   into it: a node, its kinds, their actors, an actor, its peers",
      "  Backspace      back; also Escape and left",
      "  1 2 3, Tab     nodes, kinds, actors of the whole cluster",
      "What is shown",
      "  s S            sort by the next column, the one before       r  turned round",
      "  / or f         filter: words, kind=session,user, node=node-1 (or beginnings)",
      "  c              clear the filter",
      "  p, space       pause: the numbers stand still, moving goes on",
      "  l              count more for 10 minutes: counts (types, times of actors),",
      "                 then edges (who sends to whom); every message costs a bit more",
      "  L              count as the nodes are configured",
      "  q, Ctrl-C      quit",
      "Numbers",
      "  MSG/S          handled in a second, between two looks, by the node's own clock",
      "  START/S        actors started in a second",
      "  MAILBOX        messages that wait now",
      "  MOST           the most that ever waited, as far as it was counted",
      "  SKEW           how long after the first node this one looked, by their clocks",
      "  BUSY           what part of a thread its handlers take, by one message in 64",
      "  WAITED p99     from the mailbox to the handler; at most twice too high",
      "  20 of 1,040    lists hold those with the most so far; with words in the filter",
      "                 they are looked for among the first 20,000",
      "  read in ...    what a look costs: until it was answered, and how much came",
      "  -              not known: it needs two looks, or a higher level",
  };
  return lines;
}

}  // namespace parley::top
