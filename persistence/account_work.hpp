#pragma once

#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <string_view>

#include "actors/contract/values/ports/accounts.hpp"
#include "actors/contract/values/ports/operator_desk.hpp"

/// What the threads of `account_pool` do, each with a connection of its own. They throw when the database
/// fails.
namespace parley::account_work {

/// What is wrong with a name or a password of a new account, if anything.
std::optional<failure> wrong_with_name(std::string_view name);
std::optional<failure> wrong_with_password(std::string_view password);
/// Whether no account can have this name or password.
bool is_never_right(std::string_view name, std::string_view password);

/// Computes what an unknown name is compared with, so that the first of them takes no longer.
void prepare();

outcome<user_info> make_account(pqxx::connection& connection, const std::string& name,
                                std::string_view password);
outcome<issued_token> make_token(pqxx::connection& connection, const std::string& name,
                                 std::string_view password);
outcome<user_info> revoke(pqxx::connection& connection, std::string_view token);

outcome<accounts_page> list(pqxx::connection& connection, const std::string& prefix, const std::string& after,
                            std::size_t limit);
outcome<account_record> set_use(pqxx::connection& connection, const std::string& name, account_use use);
outcome<account_record> reset_password(pqxx::connection& connection, const std::string& name,
                                       std::string_view password);

}  // namespace parley::account_work
