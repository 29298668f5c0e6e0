#pragma once

#include <array>
#include <string>
#include <string_view>

#include "actors/contract/values/topology.hpp"

namespace parley {

/// Names of entities as they are shown: `person:` and an id, or ten letters that are always the same for the
/// same entity and the same secret, and do not tell the id to who lacks the secret. They are a keyed hash
/// (BLAKE2b, RFC 7693) of kind and id, cut to 50 bits: among a million entities two are alike about once in
/// two thousand clusters.
class pseudonyms {
public:
  explicit pseudonyms(std::string_view secret);
  /// `scope`: where the id is one, if that is not the whole cluster.
  [[nodiscard]] std::string of(const entity_name& entity, std::string_view scope = {}) const;

private:
  std::array<unsigned char, 32> key_{};
};

/// The entity with its id, behind its scope (`session:node-1/5`) if it has one; empty for none.
std::string plain_name(const entity_name& entity, std::string_view scope = {});

}  // namespace parley
