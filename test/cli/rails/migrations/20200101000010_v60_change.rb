class V60Change < ActiveRecord::Migration[6.0]
  disable_ddl_transaction!

  def up
    change_column :v60_people, :wage, :string, limit: 40, default: "none", null: true
    change_column :v60_people, :rank, :bigint, using: "rank::bigint"
    change_column :v60_people, :born_at, :datetime
    change_table :v60_people do |t|
      t.string :nick, :other
      t.remove :wage
      t.rename :nick, :handle
      t.index :handle
      t.change :handle, :text
      t.change_default :handle, "x"
      t.references :place
    end
    change_table :v60_people, bulk: true do |t|
      t.string :one, null: false, default: ""
      t.integer :two
      t.remove :other
      t.index :two
    end
    remove_index :v60_people, :rank
    remove_index :v60_people, name: "v60_expression"
    remove_column :v60_people, :one, :string, default: ""
    remove_columns :v60_people, :two, :handle
    remove_foreign_key :v60_people, :v60_teams
    remove_foreign_key :v60_people, column: :friend_id
    remove_reference :v60_people, :place
    remove_timestamps :v60_people
    rename_index :v60_plain, "v60_plain_ab", "v60_plain_ba"
    execute "UPDATE v60_people SET rank = 1"
    drop_table :v60_bigs
    create_table(:v60_short, id: false) { |t| t.integer :a }
    rename_table :v60_short, :v60_long
    create_table :v60_long, force: :cascade
    drop_join_table :v60_teams, :v60_people
    drop_table :v60_gone, if_exists: true, force: :cascade
    add_index :v60_people, :boss_id, algorithm: :concurrently, name: "v60_boss"
    remove_index :v60_people, name: "v60_boss", algorithm: :concurrently
    enable_extension "plpgsql"
    true
  end
end
