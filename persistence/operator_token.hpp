#pragma once

#include <filesystem>
#include <string>

#include "actors/contract/values/failure.hpp"

namespace parley {

/// The hash (`token_hash`) of the operator's token: of `configured`, if that is not empty; else of the one
/// that the cluster was given at its first start. Whoever is first makes it, writes it to `file` (only its
/// owner may read it) and its hash to the database; nobody can read it anywhere else.
outcome<std::string> prepare_operator_token(const std::string& url, const std::string& node,
                                            const std::string& configured, const std::filesystem::path& file);

}  // namespace parley
