#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/actors/support/small_node.hpp"

// Whoever is no member gets, to the letter, the answer of a conversation that does not exist.
namespace parley {

namespace {

constexpr conversation_id missing{42};

struct operation {
  std::string name;
  std::function<client_request::operation(conversation_id, const std::string& key)> on;
};

client_request::operation write(conversation_id to, entry_draft draft) {
  return request::write{to, std::make_shared<const entry_draft>(std::move(draft))};
}

operation writes(std::string name, entry_draft draft) {
  return {std::move(name), [draft = std::move(draft)](conversation_id to, const std::string& key) {
            auto keyed = draft;
            keyed.key = key;
            return write(to, std::move(keyed));
          }};
}

entry_draft of_kind(entry_kind kind) {
  entry_draft draft;
  draft.kind = kind;
  return draft;
}

/// Every op that names a conversation.
std::vector<operation> all_operations() {
  auto message = of_kind(entry_kind::message);
  message.text = "hi";
  auto edit = of_kind(entry_kind::edit);
  edit.target = 2;
  edit.text = "better";
  auto erase = of_kind(entry_kind::erase);
  erase.target = 2;
  auto join = of_kind(entry_kind::join);
  join.user = small_node::eve;
  auto remove = of_kind(entry_kind::leave);
  remove.user = small_node::ann;
  auto role = of_kind(entry_kind::role);
  role.user = small_node::ann;
  auto rename = of_kind(entry_kind::rename);
  rename.name = "Other";
  std::vector<operation> all{writes("send", message),
                             writes("edit", edit),
                             writes("delete", erase),
                             writes("add_member", join),
                             writes("remove_member", remove),
                             writes("set_role", role),
                             writes("leave", of_kind(entry_kind::leave)),
                             writes("rename", rename)};
  all.push_back({"history", [](conversation_id of, const std::string& /*key*/) {
                   return request::history{of, {}, {}, 10};
                 }});
  all.push_back({"members", [](conversation_id of, const std::string& /*key*/) {
                   return request::members{of, {}};
                 }});
  all.push_back({"read", [](conversation_id of, const std::string& /*key*/) {
                   return request::mark_read{of, 1};
                 }});
  all.push_back(
      {"typing", [](conversation_id of, const std::string& /*key*/) { return request::typing{of}; }});
  all.push_back({"search", [](conversation_id in, const std::string& /*key*/) {
                   request::search wanted;
                   wanted.text = "hi";
                   wanted.conversation = in;
                   return wanted;
                 }});
  return all;
}

class Authorisation : public testing::Test {
protected:
  Authorisation() : ann_(here_.sign_in("ann")), room_(here_.make_group(ann_)), bob_(here_.sign_in("bob")) {
    ann_->send(room_, "first");
    here_.settle();
  }

  /// What this client is told of an op on each of the two.
  void expect_the_same_answer(const client_pointer& of, const operation& op) {
    const auto existing = of->ask(op.on(room_, op.name));
    const auto none = of->ask(op.on(missing, op.name));
    here_.settle();
    ASSERT_TRUE(of->is_answered(existing)) << op.name;
    ASSERT_TRUE(of->is_answered(none)) << op.name;
    ASSERT_TRUE(of->answers.at(existing).has_error()) << op.name;
    EXPECT_EQ(of->answers.at(existing).error(), no_such_conversation()) << op.name;
    EXPECT_EQ(of->answers.at(existing).error(), of->answers.at(none).error()) << op.name;
  }
  void bob_leaves() {
    auto leave = of_kind(entry_kind::leave);
    leave.key = "gone";
    bob_->ask(write(room_, leave));
    here_.settle();
  }

  small_node here_;
  client_pointer ann_;
  conversation_id room_;
  client_pointer bob_;
};

}  // namespace

TEST_F(Authorisation, TellsAStrangerNothingWhateverTheOp) {
  const auto eve = here_.sign_in("eve");
  const auto before = here_.committed.size();
  for (const auto& op : all_operations()) expect_the_same_answer(eve, op);
  EXPECT_EQ(here_.committed.size(), before);
  EXPECT_TRUE(eve->events.empty());
}

TEST_F(Authorisation, TellsAnExMemberNothingWhateverTheOp) {
  bob_leaves();
  const auto before = here_.committed.size();
  for (const auto& op : all_operations()) expect_the_same_answer(bob_, op);
  EXPECT_EQ(here_.committed.size(), before);
}

TEST_F(Authorisation, AnswersARepeatedKeyAlsoToWhoLeft) {
  const auto sent = bob_->send(room_, "mine");
  here_.settle();
  bob_leaves();
  const auto again = bob_->send(room_, "mine");
  auto other = of_kind(entry_kind::message);
  other.key = "mine";
  other.text = "something else";
  const auto contradicted = bob_->ask(write(room_, other));
  auto leave = of_kind(entry_kind::leave);
  leave.key = "gone";
  const auto gone_again = bob_->ask(write(room_, leave));
  here_.settle();
  ASSERT_TRUE(bob_->receipt(again));
  EXPECT_TRUE(bob_->receipt(again)->duplicate);
  EXPECT_EQ(bob_->receipt(again)->seq, bob_->receipt(sent)->seq);
  EXPECT_EQ(bob_->refusal(contradicted), errc::conflict);
  ASSERT_TRUE(bob_->receipt(gone_again));
  EXPECT_TRUE(bob_->receipt(gone_again)->duplicate);
}

TEST_F(Authorisation, ShowsUpToTheOwnLeaveAndNothingAfter) {
  bob_leaves();
  ann_->send(room_, "later");
  here_.settle();
  EXPECT_EQ(bob_->shown(room_).back(), 3);
  EXPECT_EQ(ann_->shown(room_).back(), 4);
}

TEST_F(Authorisation, TellsAStrangerNothingOfAMistakeInTheRequest) {
  const auto eve = here_.sign_in("eve");
  for (const auto& op : all_operations()) {
    const failure mistake{errc::bad_request, "a mistake", {}};
    const auto by_stranger = eve->ask(op.on(room_, op.name), mistake);
    const auto by_member = bob_->ask(op.on(room_, op.name), mistake);
    here_.settle();
    ASSERT_TRUE(eve->is_answered(by_stranger)) << op.name;
    EXPECT_EQ(eve->answers.at(by_stranger).error(), no_such_conversation()) << op.name;
    EXPECT_EQ(bob_->refusal(by_member), errc::bad_request) << op.name;
  }
}

}  // namespace parley
