#include "actors/placement/node_figures.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "actors/contract/values/link_states.hpp"

namespace parley {

TEST(NodeFigures, SayHowFarBehindEachLinkIs) {
  const auto idle = std::make_shared<link_state>();
  idle->peer = {11};
  const auto behind = std::make_shared<link_state>();
  behind->peer = {22};
  behind->oldest_since_ms = 1;  // the clock's beginning, long ago
  links_of_this_node.add(idle);
  links_of_this_node.add(behind);
  figures_of_node counted;
  const auto figures = counted.now();
  links_of_this_node.remove(idle);
  links_of_this_node.remove(behind);
  ASSERT_EQ(figures.lags.size(), 2U);
  EXPECT_EQ(figures.lags[0], (link_lag{{11}, 0}));
  EXPECT_EQ(figures.lags[1].peer, (incarnation_id{22}));
  EXPECT_GT(figures.lags[1].ms, 0);
  EXPECT_TRUE(counted.now().lags.empty());
}

}  // namespace parley
