import { render } from "preact";
import { App } from "./app";
import { Model } from "./model";

const model = new Model();
model.begin();
render(<App model={model} />, document.getElementById("page")!);
