---@meta tcerr.nginx

---@class tcerr.BodyFilterOptions
---@field module? "video"|false as for parse

---@class tcerr.ConfOptions
---@field module? "video"|false false: no meanings of the video layer, for gateways in front of other products
---@field source? string the variable that has the code when there is no Lua, "$upstream_http_x_error_code"

--- The code of an API answer in nginx's access log.
---@class tcerr.nginx
local nginx = {}

--- Finds the code of an answer as it passes, for $tc_code and the other variables; to be called in body_filter_by_lua.
--- Never an error, and never changes the body.
---@param options? tcerr.BodyFilterOptions
function nginx.body_filter(options) end

--- The map file for nginx, which declares the variables and translates the codes.
---@param options? tcerr.ConfOptions
---@return string text
function nginx.conf(options) end

return nginx
