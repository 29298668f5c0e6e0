#include "actors/inspection/pseudonyms.hpp"

#include <sodium.h>

namespace parley {

namespace {

constexpr std::size_t letters = 10;

std::string_view kind_text(entity_kind kind) {
  switch (kind) {
    case entity_kind::person:
      return "person:";
    case entity_kind::conversation:
      return "conversation:";
    case entity_kind::session:
      return "session:";
    case entity_kind::none:
      break;
  }
  return {};
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

pseudonyms::pseudonyms(std::string_view secret) {
  // So that the secret serves nothing else in this form.
  constexpr std::string_view purpose = "parley topology pseudonyms 1";
  crypto_generichash_state state;
  crypto_generichash_init(&state, bytes_of(purpose), purpose.size(), key_.size());
  crypto_generichash_update(&state, bytes_of(secret), secret.size());
  crypto_generichash_final(&state, key_.data(), key_.size());
}

std::string pseudonyms::of(const entity_name& entity, std::string_view scope) const {
  if (!entity) return {};
  const auto plain = plain_name(entity, scope);
  std::array<unsigned char, 16> hash{};
  crypto_generichash(hash.data(), hash.size(), bytes_of(plain), plain.size(), key_.data(), key_.size());
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < sizeof bits; ++i) bits = bits << 8U | hash[i];
  std::string name{kind_text(entity.kind)};
  for (std::size_t i = 0; i < letters; ++i) {
    name += "abcdefghijklmnopqrstuvwxyz234567"[bits & 31U];
    bits >>= 5U;
  }
  return name;
}

std::string plain_name(const entity_name& entity, std::string_view scope) {
  if (!entity) return {};
  std::string name{kind_text(entity.kind)};
  if (!scope.empty()) name.append(scope) += '/';
  return name + std::to_string(entity.id);
}

}  // namespace parley
