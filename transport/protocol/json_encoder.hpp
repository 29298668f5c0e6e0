#pragma once

#include "actors/contract/values/ports/encoder.hpp"

namespace parley {

/// The replies and events of `parley.v1` as JSON text, each behind the header of one WebSocket text
/// frame from a server (RFC 6455, section 5.2).
class json_encoder : public encoder {
public:
  [[nodiscard]] frame encode_reply(request_id id, const client_reply& reply) const override;
  [[nodiscard]] frame encode_refusal(request_id id, const failure& problem) const override;
  [[nodiscard]] frame encode_event(const client_event& event) const override;
};

/// The object of an error, as it stands in refusals and in HTTP answers:
/// {"code":…,"message":…,"temporary":…}.
std::string error_object(const failure& problem);

}  // namespace parley
