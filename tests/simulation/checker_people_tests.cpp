#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "tests/simulation/story.hpp"

// The promises about roles, members, texts, read marks, presence, blocks and signals, each broken once.
// Ann owns the room, Bob is a member of it, Eve is a stranger.
namespace parley::simulation {

namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::StartsWith;

entry_draft change(entry_kind kind, const std::string& key) {
  entry_draft draft;
  draft.kind = kind;
  draft.key = key;
  return draft;
}

entry_draft renaming(const std::string& key) {
  auto draft = change(entry_kind::rename, key);
  draft.name = "Other";
  return draft;
}

entry_draft about_user(entry_kind kind, const std::string& key, user_id user,
                       member_role role = member_role::member) {
  auto draft = change(kind, key);
  draft.user = user;
  draft.role = role;
  return draft;
}

entry_draft about_message(entry_kind kind, const std::string& key, sequence target,
                          const std::string& text = {}) {
  auto draft = change(kind, key);
  draft.target = target;
  draft.text = text;
  return draft;
}

/// Adds changes to a story. What is committed is also shown to the members who are connected.
class told_story : public story {
public:
  request_id asks_for(connection_number who, const entry_draft& draft) {
    return asks(who, request::write{room, std::make_shared<entry_draft>(draft)});
  }
  void commits_and_shows(sequence seq, user_id sender, const entry_draft& draft) {
    commits(seq, sender, draft);
    for (const auto who : {anns, bobs}) note(happened::shown{who, entry_of(seq, sender, draft)});
  }
  /// A change in all its steps; `written` is what the log has if it differs from what was asked.
  void changes(connection_number who, user_id sender, sequence seq, const entry_draft& draft) {
    const auto asked = asks_for(who, draft);
    auto stored = draft;
    if (stored.kind == entry_kind::leave && !stored.user) stored.user = sender;
    commits_and_shows(seq, sender, stored);
    acknowledges(who, asked, seq);
  }
  void marks_read(connection_number who, sequence asked, sequence told) {
    const auto id = asks(who, request::mark_read{room, asked});
    answers(who, id, client_reply{reply::marked_read{told}});
  }
};

}  // namespace

TEST(Checker, FindsNothingInAnHonestHistoryOfChanges) {
  told_story told;
  told.says(2, "a");
  told.changes(anns, ann, 3, about_message(entry_kind::edit, "b", 2, "better"));
  told.changes(anns, ann, 4, about_user(entry_kind::role, "c", bob, member_role::admin));
  told.changes(bobs, bob, 5, about_message(entry_kind::erase, "d", 2));
  told.changes(anns, ann, 6, renaming("e"));
  EXPECT_THAT(told.found(), IsEmpty());
}

TEST(Checker, SeesAMemberWhoDoesWhatOnlyOwnersAndAdminsMay) {
  told_story told;
  told.changes(bobs, bob, 2, renaming("a"));
  EXPECT_THAT(told.found(), Contains(StartsWith("an entry that should have been refused as forbidden")));
}

TEST(Checker, SeesAnEditOfTheMessageOfSomebodyElse) {
  told_story told;
  told.says(2, "a");
  told.changes(bobs, bob, 3, about_message(entry_kind::edit, "b", 2, "forged"));
  EXPECT_THAT(told.found(), Contains(StartsWith("an entry that should have been refused as forbidden")));
}

TEST(Checker, SeesAnEditOfWhatIsNoMessage) {
  told_story told;
  told.changes(anns, ann, 2, about_message(entry_kind::edit, "a", 1, "better"));
  EXPECT_THAT(told.found(), Contains(StartsWith("an entry that should have been refused as bad_request")));
}

TEST(Checker, SeesADeletionOfWhatIsDeleted) {
  told_story told;
  told.says(2, "a");
  told.changes(anns, ann, 3, about_message(entry_kind::erase, "b", 2));
  told.changes(anns, ann, 4, about_message(entry_kind::erase, "c", 2));
  EXPECT_THAT(told.found(), Contains(StartsWith("an entry that should have been refused as conflict")));
}

TEST(Checker, SeesSomebodyWhoIsAddedTwice) {
  told_story told;
  told.changes(anns, ann, 2, about_user(entry_kind::join, "a", bob));
  EXPECT_THAT(told.found(), Contains(StartsWith("an entry that should have been refused as conflict")));
}

TEST(Checker, SeesARefusalOfWhatIsAllowed) {
  told_story told;
  told.refuses(anns, told.asks_for(anns, renaming("a")), errc::forbidden);
  EXPECT_THAT(told.found(), Contains(StartsWith("a refusal without a reason")));
}

TEST(Checker, AllowsARefusalThatTheRoleExplains) {
  told_story told;
  told.refuses(bobs, told.asks_for(bobs, renaming("a")), errc::forbidden);
  EXPECT_THAT(told.found(), IsEmpty());
}

TEST(Checker, SeesAnOwnerWhomNobodyFollows) {
  told_story told;
  told.changes(anns, ann, 2, change(entry_kind::leave, "a"));
  EXPECT_THAT(told.found(), Contains(StartsWith("an owner left and nobody followed")));
}

TEST(Checker, SeesASuccessorWhoIsNotNext) {
  told_story told;
  told.changes(anns, ann, 2, about_user(entry_kind::join, "a", eve));
  const auto asked = told.asks_for(anns, change(entry_kind::leave, "b"));
  told.commits_and_shows(3, ann, about_user(entry_kind::role, "", eve, member_role::owner));
  told.commits_and_shows(4, ann, about_user(entry_kind::leave, "b", ann));
  told.acknowledges(anns, asked, 4);
  EXPECT_THAT(told.found(), Contains(StartsWith("another successor than the longest-standing")));
}

TEST(Checker, AllowsTheLongestStandingToFollow) {
  told_story told;
  const auto asked = told.asks_for(anns, change(entry_kind::leave, "a"));
  told.commits_and_shows(2, ann, about_user(entry_kind::role, "", bob, member_role::owner));
  told.commits_and_shows(3, ann, about_user(entry_kind::leave, "a", ann));
  told.acknowledges(anns, asked, 3);
  EXPECT_THAT(told.found(), IsEmpty());
}

TEST(Checker, SeesWhatIsShownAfterTheOwnLeave) {
  told_story told;
  told.changes(bobs, bob, 2, change(entry_kind::leave, "a"));
  told.says(3, "b");
  EXPECT_THAT(told.found(), Contains(StartsWith("shown to somebody who is no member")));
}

TEST(Checker, AllowsTheOwnLeaveToBeShownLate) {
  told_story told;
  const auto asked = told.asks_for(bobs, change(entry_kind::leave, "a"));
  const auto leave = about_user(entry_kind::leave, "a", bob);
  told.commits(2, bob, leave);
  told.acknowledges(bobs, asked, 2);
  told.note(happened::shown{anns, story::entry_of(2, bob, leave)});
  const auto sent = told.sends(anns, "b");
  told.commits(3, ann, "b");
  told.acknowledges(anns, sent, 3);
  told.shows(anns, 3, ann, "b");
  told.note(happened::shown{bobs, story::entry_of(2, bob, leave)});
  EXPECT_THAT(told.found(), IsEmpty());
}

TEST(Checker, SeesAReplacedTextThatIsReadLater) {
  told_story told;
  told.says(2, "a");
  told.changes(anns, ann, 3, about_message(entry_kind::edit, "b", 2, "better"));
  entries_page page;
  page.entries = {story::entry_of(2, ann, story::message("a"))};
  told.answers(bobs, told.asks(bobs, request::history{room, 3, {}, 1}), client_reply{std::move(page)});
  EXPECT_THAT(told.found(), Contains(StartsWith("history differs from the log")));
}

TEST(Checker, AllowsTheNewestTextToBeReadLater) {
  told_story told;
  told.says(2, "a");
  told.changes(anns, ann, 3, about_message(entry_kind::edit, "b", 2, "better"));
  entries_page page;
  page.entries = {story::entry_of(2, ann, story::message("a", "better"))};
  page.entries.front().edited = true;
  told.answers(bobs, told.asks(bobs, request::history{room, 3, {}, 1}), client_reply{std::move(page)});
  EXPECT_THAT(told.found(), IsEmpty());
}

TEST(Checker, SeesAReadMarkThatMovesBack) {
  told_story told;
  told.says(2, "a");
  told.marks_read(bobs, 2, 2);
  told.marks_read(bobs, 1, 1);
  EXPECT_THAT(told.found(), Contains(StartsWith("what was read moved back")));
}

TEST(Checker, SeesAReceiptThatGoesBack) {
  told_story told;
  told.says(2, "a");
  told.note(happened::shown{anns, event::receipts{room, {{bob, 2}}}});
  told.note(happened::shown{anns, event::receipts{room, {{bob, 1}}}});
  EXPECT_THAT(told.found(), Contains(StartsWith("a receipt goes back")));
}

TEST(Checker, SeesTypingThatNobodyDid) {
  told_story told;
  told.note(happened::shown{anns, event::typing{room, bob}});
  EXPECT_THAT(told.found(), Contains(StartsWith("typing that nobody did")));
}

TEST(Checker, SeesAStrangerWhoIsToldWhoIsTyping) {
  told_story told;
  told.answers(bobs, told.asks(bobs, request::typing{room}), client_reply{reply::nothing{}});
  told.note(happened::shown{eves, event::typing{room, bob}});
  EXPECT_THAT(told.found(), Contains(StartsWith("a stranger is told who is typing")));
}

TEST(Checker, SeesASignalOfAStranger) {
  told_story told;
  told.answers(eves, told.asks(eves, request::signal{ann, "1"}), client_reply{reply::signalled{1}});
  told.note(happened::shown{anns, event::signal{eve, "1"}});
  EXPECT_THAT(told.found(), Contains(StartsWith("a signal of a stranger")));
}

TEST(Checker, SeesASignalOfSomebodyWhoIsBlocked) {
  told_story told;
  told.answers(anns, told.asks(anns, request::block{bob}), client_reply{reply::nothing{}});
  told.answers(bobs, told.asks(bobs, request::signal{ann, "1"}), client_reply{reply::signalled{1}});
  told.note(happened::shown{anns, event::signal{bob, "1"}});
  EXPECT_THAT(told.found(), Contains(StartsWith("a signal of somebody who is blocked")));
}

TEST(Checker, SeesPresenceThatDoesNotSettle) {
  told_story told;
  const auto asked = told.asks(anns, request::watch_presence{{bob}});
  told.answers(anns, asked, client_reply{reply::presence_states{{{bob, true, {}}}}});
  told.note(happened::closed{bobs});
  EXPECT_THAT(told.found(), Contains(StartsWith("presence did not settle to the truth")));
}

TEST(Checker, AllowsPresenceThatSettles) {
  told_story told;
  const auto asked = told.asks(anns, request::watch_presence{{bob}});
  told.answers(anns, asked, client_reply{reply::presence_states{{{bob, true, {}}}}});
  told.note(happened::closed{bobs});
  told.note(happened::shown{anns, event::presence{{bob, false, 5}}});
  EXPECT_THAT(told.found(), IsEmpty());
}

TEST(Checker, SeesAStrangerWhoIsShownAsOnline) {
  told_story told;
  const auto asked = told.asks(eves, request::watch_presence{{bob}});
  told.answers(eves, asked, client_reply{reply::presence_states{{{bob, true, {}}}}});
  EXPECT_THAT(told.found(), Contains(StartsWith("a stranger is shown as online")));
}

}  // namespace parley::simulation
