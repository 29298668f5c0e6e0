import { render } from "preact";
import { Model } from "./model/model";
import { keptToken, tokenFromAddress } from "./model/token";
import { App } from "./view/app";

const model = new Model();
const token = tokenFromAddress(location, history) ?? keptToken();
if (token) void model.signIn(token);
// A link to another token, opened in the tab that shows this page already, loads nothing anew.
addEventListener("hashchange", () => {
  const given = tokenFromAddress(location, history);
  if (given) {
    model.signOut();
    void model.signIn(given);
  }
});
render(<App model={model} />, document.getElementById("page")!);
