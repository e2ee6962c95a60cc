<!DOCTYPE html><html lang="ja"><head><meta charset="UTF-8" /><title>パスワードを忘れた方</title></head><body><h1>パスワードを再発行しました</h1><p>新しいパスワード <b id="new"><!--{$arrForm.new_password|h}--></b></p></body></html>
