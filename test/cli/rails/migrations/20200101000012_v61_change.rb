class V61Change < ActiveRecord::Migration[6.1]
  disable_ddl_transaction!

  def up
    change_column :v61_people, :wage, :string, limit: 40, default: "none", null: true
    change_column :v61_people, :rank, :bigint, using: "rank::bigint"
    change_column :v61_people, :born_at, :datetime
    change_table :v61_people do |t|
      t.string :nick, :other
      t.remove :wage
      t.rename :nick, :handle
      t.index :handle
      t.change :handle, :text
      t.change_default :handle, "x"
      t.references :place
    end
    change_table :v61_people, bulk: true do |t|
      t.string :one, null: false, default: ""
      t.integer :two
      t.remove :other
      t.index :two
    end
    remove_index :v61_people, :rank
    remove_index :v61_people, name: "v61_expression"
    remove_column :v61_people, :one, :string, default: ""
    remove_columns :v61_people, :two, :handle
    remove_foreign_key :v61_people, :v61_teams
    remove_foreign_key :v61_people, column: :friend_id
    remove_reference :v61_people, :place
    remove_timestamps :v61_people
    rename_index :v61_plain, "v61_plain_ab", "v61_plain_ba"
    execute "UPDATE v61_people SET rank = 1"
    drop_table :v61_bigs
    create_table(:v61_short, id: false) { |t| t.integer :a }
    rename_table :v61_short, :v61_long
    create_table :v61_long, force: :cascade
    drop_join_table :v61_teams, :v61_people
    drop_table :v61_gone, if_exists: true, force: :cascade
    add_index :v61_people, :boss_id, algorithm: :concurrently, name: "v61_boss"
    remove_index :v61_people, name: "v61_boss", algorithm: :concurrently
    enable_extension "plpgsql"
    add_check_constraint :v61_people, "rank > 0", name: "v61_rank", validate: false
    validate_check_constraint :v61_people, name: "v61_rank"
    remove_check_constraint :v61_people, name: "v61_rank"
    add_check_constraint :v61_people, "rank < 100"
  end
end
