# Writes down what ActiveRecord runs for migrations/*.rb: ruby record.rb DATABASE_URL > recorded.json
# DATABASE_URL is an empty database of PostgreSQL; `gem install activerecord pg`.
require 'json'
require 'logger'
require 'active_record'

ActiveRecord::Base.establish_connection(ARGV.fetch(0))
ActiveRecord::Migration.verbose = false
# Of uuid-ossp, which migrations of Rails 5.0 name.
ActiveRecord::Base.connection.execute(
  "CREATE FUNCTION uuid_generate_v4() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()'"
)
statements = []
ActiveSupport::Notifications.subscribe('sql.active_record') do |*, event|
  next if event[:name].to_s.match?(/SCHEMA|SchemaMigration|InternalMetadata/)
  sql = event[:sql].gsub(/\s+/, ' ').strip
  statements << sql if sql.match?(/\A(ALTER|COMMENT|CREATE|DELETE|DO|DROP|INSERT|UPDATE)\b/i)
end

recorded = Dir[File.join(__dir__, 'migrations', '*.rb')].sort.to_h do |file|
  statements.clear
  version, name = File.basename(file, '.rb').split('_', 2)
  require file
  name.camelize.constantize.new(name, version.to_i).migrate(:up)
  [File.basename(file), statements.dup]
end
puts JSON.pretty_generate({ activerecord: ActiveRecord::VERSION::STRING, statements: recorded })
