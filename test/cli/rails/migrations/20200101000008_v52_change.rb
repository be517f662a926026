class V52Change < ActiveRecord::Migration[5.2]
  disable_ddl_transaction!

  def up
    change_column :v52_people, :wage, :string, limit: 40, default: "none", null: true
    change_column :v52_people, :rank, :bigint, using: "rank::bigint"
    change_column :v52_people, :born_at, :datetime
    change_table :v52_people do |t|
      t.string :nick, :other
      t.remove :wage
      t.rename :nick, :handle
      t.index :handle
      t.change :handle, :text
      t.change_default :handle, "x"
      t.references :place
    end
    change_table :v52_people, bulk: true do |t|
      t.string :one, null: false, default: ""
      t.integer :two
      t.remove :other
      t.index :two
    end
    remove_index :v52_people, :rank
    remove_index :v52_people, name: "v52_expression"
    remove_column :v52_people, :one, :string, default: ""
    remove_columns :v52_people, :two, :handle
    remove_foreign_key :v52_people, :v52_teams
    remove_foreign_key :v52_people, column: :friend_id
    remove_reference :v52_people, :place
    remove_timestamps :v52_people
    rename_index :v52_plain, "v52_plain_ab", "v52_plain_ba"
    execute "UPDATE v52_people SET rank = 1"
    drop_table :v52_bigs
    create_table(:v52_short, id: false) { |t| t.integer :a }
    rename_table :v52_short, :v52_long
    create_table :v52_long, force: :cascade
    drop_join_table :v52_teams, :v52_people
    drop_table :v52_gone, if_exists: true, force: :cascade
    add_index :v52_people, :boss_id, algorithm: :concurrently, name: "v52_boss"
    remove_index :v52_people, name: "v52_boss", algorithm: :concurrently
    enable_extension "plpgsql"
    true
  end
end
