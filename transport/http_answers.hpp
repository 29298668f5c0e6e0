#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "actors/contract/values/failure.hpp"

namespace parley {

using http_request = boost::beast::http::request<boost::beast::http::string_body>;
using http_response = boost::beast::http::response<boost::beast::http::string_body>;
/// Takes the answer of one call; from any thread.
using http_responder = std::function<void(http_response)>;

/// Text of some type as an HTTP answer that nobody keeps.
http_response text_answer(boost::beast::http::status status, std::string body, std::string_view type);
/// JSON as an HTTP answer.
http_response json_answer(boost::beast::http::status status, std::string body);
/// 405, with what the path takes instead.
http_response method_not_allowed(std::string_view allowed);
/// A refusal as an HTTP answer: {"error":{…}} with the fitting status.
http_response refusal(const failure& problem);
/// The same with a status of its own.
http_response refusal(const failure& problem, boost::beast::http::status status);

/// The token of the header Authorization; empty when there is none.
std::string_view bearer_in(const http_request& request);
/// Whether the body says that it is JSON.
bool is_json(const http_request& request);

}  // namespace parley
